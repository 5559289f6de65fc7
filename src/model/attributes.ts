/** What OpenTelemetry allows as an attribute's value and lagpipe uses of it. */
export type AttributeValue = string | number | boolean;

/** Attribute names are semantic conventions where one exists, `lagpipe.*` otherwise. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** The entity that a batch describes: this host, unless a source says otherwise. */
export interface Resource {
  readonly attributes: Attributes;
}

/** Who measured: the component's type and lagpipe's version (an OpenTelemetry instrumentation scope). */
export interface Scope {
  readonly name: string;
  readonly version: string;
}
