/** What a distribution calls the packages that are needed. */
export interface PackageNames {
  readonly apt: readonly string[];
  readonly dnf: readonly string[];
  readonly apk: readonly string[];
}

/** The commands that install them, in one line: `apt-get install a b (Debian, Ubuntu), dnf install …`. */
export function installHint(packages: PackageNames): string {
  return [
    `apt-get install ${packages.apt.join(' ')} (Debian, Ubuntu)`,
    `dnf install ${packages.dnf.join(' ')} (Fedora, RHEL)`,
    `apk add ${packages.apk.join(' ')} (Alpine)`,
  ].join(', ');
}
