/** What lagpipe's exit code says. 78 is EX_CONFIG of sysexits.h, so that a script can tell a bad file from a bad day. */
export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
/** `doctor` found something critical. */
export const EXIT_FOUND = 3;
export const EXIT_CONFIG = 78;
