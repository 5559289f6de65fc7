/**
 * The subset of JSON Schema (2020-12) that a component's config is written in, and the TypeScript type that
 * follows from it. Everything about a field is stated once, here: type, default, bounds, description.
 *
 * Added to JSON Schema: `format: 'duration'` (`5s`, `250ms`) and `format: 'size'` (`64MiB`), which reach the
 * component as numbers of milliseconds and bytes; and `secret: true`, whose value never appears in any output.
 */
export type Schema =
  | TextSchema
  | DurationSchema
  | SizeSchema
  | NumberSchema
  | BooleanSchema
  | ListSchema
  | MapSchema
  | ObjectSchema;

interface SchemaBase {
  /** What the field is for, in a sentence that reads well on the reference page. */
  readonly description: string;
}

export interface TextSchema extends SchemaBase {
  readonly type: 'string';
  readonly format?: never;
  readonly enum?: readonly string[];
  /** With `enum`: what else is allowed. */
  readonly orElse?: {
    readonly pattern: string /** As a noun: "a line with %keywords". */;
    readonly meaning: string;
  };
  readonly default?: string;
  readonly minLength?: number;
  readonly pattern?: string;
  readonly secret?: true;
}

export interface DurationSchema extends SchemaBase {
  readonly type: 'string';
  readonly format: 'duration';
  readonly default?: string;
  readonly minDuration: string;
  readonly maxDuration: string;
}

export interface SizeSchema extends SchemaBase {
  readonly type: 'string';
  readonly format: 'size';
  readonly default?: string;
  readonly minSize: string;
  readonly maxSize: string;
}

export interface NumberSchema extends SchemaBase {
  readonly type: 'integer' | 'number';
  readonly default?: number;
  readonly minimum: number;
  readonly maximum: number;
}

export interface BooleanSchema extends SchemaBase {
  readonly type: 'boolean';
  readonly default?: boolean;
}

export interface ListSchema extends SchemaBase {
  readonly type: 'array';
  readonly items: Schema;
  readonly default?: readonly unknown[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
}

/** An object whose keys the user chooses, such as headers. */
export interface MapSchema extends SchemaBase {
  readonly type: 'object';
  readonly properties?: never;
  readonly additionalProperties: Schema;
  readonly default?: Readonly<Record<string, unknown>>;
}

/** An object with fixed keys; others are refused. One without a default is absent unless the user writes it. */
export interface ObjectSchema extends SchemaBase {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false;
  readonly default?: Readonly<Record<string, unknown>>;
}

/** What a component receives: defaults filled in, durations in milliseconds, sizes in bytes. */
export type ConfigOf<S> = S extends { readonly orElse: unknown }
  ? string
  : S extends { readonly enum: readonly (infer Choice)[] }
    ? Choice
    : S extends { readonly format: 'duration' | 'size' }
      ? number
      : S extends { readonly type: 'string' }
        ? string
        : S extends { readonly type: 'integer' | 'number' }
          ? number
          : S extends { readonly type: 'boolean' }
            ? boolean
            : S extends { readonly type: 'array'; readonly items: infer Item }
              ? readonly ConfigOf<Item>[]
              : S extends { readonly properties: infer Properties }
                ? ObjectConfigOf<S, Properties>
                : S extends { readonly additionalProperties: infer Value }
                  ? Readonly<Record<string, ConfigOf<Value>>>
                  : never;

type ObjectConfigOf<S, P> = {
  readonly [K in keyof P as IsPresent<S, P, K> extends true ? K : never]: ConfigOf<P[K]>;
} & { readonly [K in keyof P as IsPresent<S, P, K> extends true ? never : K]?: ConfigOf<P[K]> };

type IsPresent<S, P, K extends keyof P> = P[K] extends { readonly default: unknown }
  ? true
  : S extends { readonly required: readonly (infer Required)[] }
    ? K extends Required
      ? true
      : false
    : false;
