// Grammars for highlight.js that are small: what words, strings, comments and numbers look like
// in languages whose own grammar would have several thousand characters.

import type { HLJSApi, Language, LanguageFn, Mode } from "highlight.js";

/** Names in the order of a language's own list, with spaces between them. */
interface Family {
  keywords: string;
  types?: string;
  literals?: string;
  /** More than `//`, `/* *` + `/`, quoted strings, numbers, calls and declared names. */
  more?: (hljs: HLJSApi) => Mode[];
  aliases: string[];
  /** Whether a name in capitals is a type. */
  capitals?: boolean;
}

const PREPROCESSOR: Mode = { scope: "meta", begin: /^[ \t]*#[ \t]*[a-z]+/, end: /$/, contains: [{ scope: "string", begin: /"|</, end: /"|>/ }] };
const ANNOTATION: Mode = { scope: "meta", begin: /@[A-Za-z_][\w.]*/ };
const NOT_CALLED = /(?!(?:if|for|while|switch|catch|return|sizeof|match|when|using|lock)\b)/;

/** A language with the signs of C. */
function family({ keywords, types = "", literals = "true false null", more, aliases, capitals = true }: Family): LanguageFn {
  return (hljs): Language => ({
    aliases,
    keywords: { $pattern: /[A-Za-z_]\w*/, keyword: keywords, type: types, literal: literals },
    contains: [
      hljs.C_LINE_COMMENT_MODE,
      hljs.C_BLOCK_COMMENT_MODE,
      ...(more?.(hljs) ?? []),
      { scope: "string", begin: /"""/, end: /"""/ },
      hljs.QUOTE_STRING_MODE,
      { scope: "string", begin: /'(?:\\.[^']*|[^'\\\n])'/ },
      hljs.C_NUMBER_MODE,
      { begin: [/\b(?:class|struct|enum|interface|record|trait|protocol|extension|object|namespace|union|actor)/, /\s+/, /[A-Za-z_]\w*/], beginScope: { 1: "keyword", 3: "title.class" } },
      { scope: "title", begin: new RegExp(`${/\b/.source}${NOT_CALLED.source}${/[a-z_]\w*(?=\s*\()/.source}`) },
      ...(capitals ? [{ scope: "type", begin: /\b[A-Z]\w*[a-z]\w*/ }] : []),
    ],
  });
}

const cpp = family({
  keywords: "alignas alignof asm auto break case catch class co_await co_return co_yield concept const consteval constexpr constinit continue decltype default delete do else enum explicit export extern final for friend goto if inline mutable namespace new noexcept operator override private protected public register requires restrict return sizeof static static_assert static_cast struct switch template this throw try typedef typeid typename union using virtual volatile while",
  types: "bool char char8_t char16_t char32_t double float int long short signed size_t ssize_t unsigned void wchar_t int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t",
  literals: "true false nullptr NULL",
  aliases: ["c", "h", "cc", "hpp", "c++", "cxx", "objectivec", "objc", "m", "cuda", "arduino"],
  more: () => [PREPROCESSOR, { scope: "string", begin: /R"([^\s()\\]{0,16})\([^]*?\)\1"/ }],
});

const csharp = family({
  keywords: "abstract as async await base break case catch checked class const continue default delegate do else enum event explicit extern finally fixed for foreach get global goto if implicit in init interface internal is lock namespace new operator out override params partial private protected public readonly record ref required return sealed set sizeof stackalloc static struct switch this throw try typeof unchecked unsafe using value var virtual volatile when where while with yield",
  types: "bool byte char decimal double dynamic float int long nint nuint object sbyte short string uint ulong ushort void",
  aliases: ["cs", "c#"],
  more: () => [PREPROCESSOR, { scope: "string", begin: /[$@]+"/, end: /"(?!")/, contains: [{ begin: /""|\\./ }] }],
});

const java = family({
  keywords: "abstract assert break case catch class const continue default do else enum extends final finally for goto if implements import instanceof interface native new non-sealed package permits private protected public record return sealed static strictfp super switch synchronized this throw throws transient try var void volatile when while yield",
  types: "boolean byte char double float int long short",
  aliases: ["jsp", "groovy", "gradle"],
  more: () => [ANNOTATION],
});

const kotlin = family({
  keywords: "abstract actual annotation as break by catch class companion const constructor continue crossinline data do else enum expect external final finally for fun get if import in infix init inline inner interface internal is lateinit noinline object open operator out override package private protected public reified return sealed set super suspend tailrec this throw try typealias val value var vararg when where while",
  aliases: ["kt", "kts"],
  more: () => [ANNOTATION],
});

const swift = family({
  keywords: "actor any as associatedtype async await break case catch class continue default defer deinit didSet do else enum extension fallthrough fileprivate final for func get guard if import in indirect init inout internal is lazy let mutating nonisolated open operator override private protocol public repeat required rethrows return self Self set some static struct subscript super switch throw throws try typealias unowned var weak where while willSet",
  literals: "true false nil",
  aliases: [],
  more: () => [ANNOTATION, { scope: "meta", begin: /#[a-z]\w*/ }],
});

const scala = family({
  keywords: "abstract case catch class def do else enum export extends extension final finally for forSome given if implicit import inline lazy match new object open opaque override package private protected return sealed super then this throw trait transparent try type using val var while with yield",
  aliases: ["sc", "sbt"],
  more: () => [ANNOTATION],
});

const dart = family({
  keywords: "abstract as assert async await base break case catch class const continue covariant default deferred do dynamic else enum export extends extension external factory final finally for get hide if implements import in interface is late library mixin new on operator part required rethrow return sealed set show static super switch sync this throw try typedef var void when while with yield",
  types: "bool double int num",
  aliases: ["flutter"],
  more: (hljs) => [ANNOTATION, { scope: "string", begin: /'/, end: /'/, illegal: /\n/, contains: [hljs.BACKSLASH_ESCAPE] }],
});

const php = family({
  keywords: "abstract and array as break callable case catch class clone const continue declare default do echo else elseif empty enum extends final finally fn for foreach function global goto if implements include include_once instanceof insteadof interface isset list match namespace new or print private protected public readonly require require_once return static switch throw trait try unset use var while xor yield",
  types: "bool float int iterable mixed never object self string void",
  literals: "true false null TRUE FALSE NULL",
  aliases: ["php8"],
  more: (hljs) => [
    { scope: "meta", begin: /<\?(?:php|=)?|\?>|#\[[\w\\]+/ },
    hljs.HASH_COMMENT_MODE,
    { scope: "variable", begin: /\$+[A-Za-z_]\w*/ },
    { scope: "string", begin: /'/, end: /'/, contains: [hljs.BACKSLASH_ESCAPE] },
  ],
});

const css: LanguageFn = (hljs) => ({
  aliases: ["scss", "less", "sass", "postcss"],
  contains: [
    hljs.C_BLOCK_COMMENT_MODE,
    { scope: "comment", begin: /(?<![:\w])\/\/ /, end: /$/ },
    hljs.QUOTE_STRING_MODE,
    hljs.APOS_STRING_MODE,
    { scope: "keyword", begin: /@[\w-]+|!important\b/ },
    { scope: "variable", begin: /--[\w-]+|\$[\w-]+/ },
    { scope: "attr", begin: /\b[a-z-]+(?=\s*:(?![a-z-]+[^;}]*\{)\s*[^;{}]*[;}\n])/ },
    { scope: "number", begin: /#[0-9a-fA-F]{3,8}\b(?=[^{}]*[;}])|(?<![\w#.-])-?(?:\d+\.?\d*|\.\d+)(?:%|[a-z]+)?/ },
    { scope: "title", begin: /[.#][A-Za-z_][\w-]*|::?[a-z-]+(?=[^;}]*\{)/ },
  ],
});

const sql: LanguageFn = (hljs) => ({
  aliases: ["postgres", "postgresql", "pgsql", "mysql", "sqlite", "plsql", "tsql"],
  case_insensitive: true,
  keywords: {
    keyword: "add all alter analyze and any as asc begin between by cascade case check collate column commit concurrently conflict constraint create cross current database declare default deferrable delete desc distinct do drop each else end except exists explain fetch filter for foreign from full function grant group having if ilike in index inner insert intersect into is join key language lateral left like limit materialized merge natural not nothing of offset on only or order outer over partition primary procedure recursive references rename replace returning returns revoke right rollback row rows schema select sequence set table temporary then to transaction trigger truncate union unique update using vacuum values view when where window with",
    type: "bigint bigserial blob boolean bytea char date datetime decimal double float int integer interval json jsonb numeric precision real serial smallint text time timestamp timestamptz tinyint uuid varchar",
    literal: "true false null",
  },
  contains: [
    hljs.COMMENT(/--/, /$/),
    hljs.C_BLOCK_COMMENT_MODE,
    { scope: "string", begin: /'/, end: /'/, contains: [{ begin: /''/ }] },
    { begin: /"[^"\n]*"|`[^`\n]*`/ },
    hljs.C_NUMBER_MODE,
    { scope: "variable", begin: /[$:@]\w+/ },
  ],
});

const dockerfile: LanguageFn = (hljs) => ({
  aliases: ["docker", "containerfile"],
  contains: [
    hljs.HASH_COMMENT_MODE,
    { scope: "keyword", begin: /^\s*(?:ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|RUN|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR)\b/i },
    { scope: "keyword", begin: /\bAS\b/ },
    hljs.QUOTE_STRING_MODE,
    hljs.APOS_STRING_MODE,
    { scope: "variable", begin: /\$(?:\w+|\{[^}\n]*\})/ },
  ],
});

const makefile: LanguageFn = (hljs) => ({
  aliases: ["make", "mk", "just", "justfile"],
  contains: [
    hljs.HASH_COMMENT_MODE,
    { scope: "variable", begin: /\$\([^)\n]*\)|\$\{[^}\n]*\}|\$[@<^+*?%$]/ },
    { scope: "keyword", begin: /^-?(?:include|ifeq|ifneq|ifdef|ifndef|else|endif|define|endef|export|override)\b/ },
    { scope: "section", begin: /^[^\s#=:][^#=:\n]*(?=:(?!=))/ },
    { scope: "attr", begin: /^[A-Za-z_][\w.-]*(?=\s*[:?+!]?=)/ },
    hljs.QUOTE_STRING_MODE,
  ],
});

const markdown: LanguageFn = () => ({
  aliases: ["md", "mdx"],
  contains: [
    { scope: "section", begin: /^#{1,6} /, end: /$/ },
    { scope: "string", begin: /^(`{3,}|~{3,})[^]*?^\1/ },
    { scope: "string", begin: /`[^`\n]+`/ },
    { scope: "strong", begin: /\*\*[^*\n]+\*\*/ },
    { scope: "quote", begin: /^>/, end: /$/ },
    { scope: "bullet", begin: /^\s*(?:[-*+]|\d+[.)]) / },
    { scope: "symbol", begin: /\[[^\]\n]*\]\([^)\n]*\)/ },
  ],
});

export const grammars: Readonly<Record<string, LanguageFn>> = { cpp, csharp, css, dart, dockerfile, java, kotlin, makefile, markdown, php, scala, sql, swift };
