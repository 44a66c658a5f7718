/**
 * The wildcards of a rule, by name, with the types of their filters: numbers for `int` and `float`, text for Bottle's other
 * filters, `unknown` for filters that the app added. A rule that is not a literal type gives `Record<string, unknown>`.
 *
 * @example
 * type A = Args<'/hello/<name>/<n:int>'>; // { name: string; n: number }
 * @see https://bottlepy.org/docs/stable/routing.html
 */
export type Args<Rule extends string> = Rule extends unknown
  ? string extends Rule
    ? Record<string, unknown>
    : { [Key in keyof Scan<Rule>]: Scan<Rule>[Key] }
  : never;

type None = {};

/** Scans a rule character by character, like Bottle's regular expression. */
type Scan<Text extends string, Found = None> = Text extends `\\${infer Rest}`
  ? Scan<SkipEscaped<Rest>, Found>
  : Text extends `<${infer Rest}`
    ? ReadNew<Rest> extends [infer Wildcard, infer After extends string]
      ? Scan<After, Found & Wildcard>
      : Scan<Rest, Found>
    : Text extends `:${infer Rest}`
      ? ReadOld<TakeName<Rest>> extends [infer Wildcard, infer After extends string]
        ? Scan<After, Found & Wildcard>
        : never
      : Text extends `${infer _}${infer Rest}`
        ? Scan<Rest, Found>
        : Found;

/** The rest after an odd number of backslashes. They escape a wildcard; an even number does not. */
type SkipEscaped<Text extends string> = Text extends `\\${infer Rest}`
  ? Rest
  : Text extends `<${infer Rest}`
    ? ReadNew<Rest> extends [unknown, infer After extends string]
      ? After
      : Rest
    : Text extends `:${infer Rest}`
      ? ReadOld<TakeName<Rest>> extends [unknown, infer After extends string]
        ? After
        : Rest
      : Text;

/** Parses `name>`, `name:filter>` or `name:filter:config>`, with the text after it. `null` if it is not a wildcard. */
type ReadNew<Text extends string> =
  TakeName<Text> extends [infer Name extends string, infer Rest extends string]
    ? Rest extends `>${infer After}`
      ? [Named<Name, string>, After]
      : Rest extends `:${infer Filtered}`
        ? TakeName<Filtered> extends [infer Filter extends string, infer Tail extends string]
          ? Tail extends `>${infer After}`
            ? [Named<Name, TypeOf<Filter>>, After]
            : Tail extends `:${infer Config}`
              ? SkipConfig<Config> extends infer After extends string
                ? [Named<Name, TypeOf<Filter>>, After]
                : null
              : null
          : null
        : null
    : null;

type SkipConfig<Text extends string> = Text extends `${infer Config}>${infer After}`
  ? Config extends `${infer _}\\`
    ? SkipConfig<After>
    : After
  : null;

type ReadOld<Read> = Read extends [infer Name extends string, infer Rest extends string]
  ? [Named<Name, string>, Rest extends `#${infer _}#${infer After}` ? After : Rest]
  : never;

type Named<Name extends string, Type> = Name extends '' ? None : { [Key in Name]: Type };

type TypeOf<Filter extends string> = Filter extends 'int' | 'float'
  ? number
  : Filter extends '' | 'default' | 're' | 'path'
    ? string
    : unknown;

/** An identifier, which may be empty, and the text after it. */
type TakeName<Text extends string, Name extends string = ''> = Text extends `${infer First}${infer Rest}`
  ? First extends Letter | (Name extends '' ? never : Digit)
    ? TakeName<Rest, `${Name}${First}`>
    : [Name, Text]
  : [Name, ''];

type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';
type Lower =
  | 'a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g' | 'h' | 'i' | 'j' | 'k' | 'l' | 'm'
  | 'n' | 'o' | 'p' | 'q' | 'r' | 's' | 't' | 'u' | 'v' | 'w' | 'x' | 'y' | 'z'; // biome-ignore format: two lines say it
type Letter = Lower | Uppercase<Lower> | '_';
