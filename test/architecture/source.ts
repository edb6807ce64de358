/**
 * Just enough of a lexer to read imports and names out of TypeScript without being fooled by comments, strings,
 * templates and regular expressions. (TypeScript 7 has no JavaScript API to ask.)
 */

export interface Import {
  /** What is written between the quotes; null when it is computed. */
  specifier: string | null;
  how: 'import' | 'export' | 'dynamic' | 'require';
}

export interface Source {
  /** The code with comments and regular expressions blanked and every string replaced by its quoted number. */
  code: string;
  strings: string[];
}

const regexMayFollowWord =
  /(^|[^\w$.])(return|typeof|case|in|of|delete|void|throw|new|do|else|yield|await|instanceof)$/;

export function readSource(text: string): Source {
  const strings: string[] = [];
  let code = '';
  let at = 0;

  const keep = (value: string) => {
    code += `'${strings.length}'`;
    strings.push(value);
  };
  const skipTo = (end: number) => {
    at = end < 0 ? text.length : end;
  };

  /** Reads code up to the brace that closes a template's `${`, or to the end. */
  function readCode(insideTemplate: boolean): void {
    let depth = 0;
    while (at < text.length) {
      const char = text.charAt(at);
      if (text.startsWith('//', at)) skipTo(text.indexOf('\n', at));
      else if (text.startsWith('/*', at)) {
        skipTo(text.indexOf('*/', at + 2));
        at += 2;
        code += ' ';
      } else if (char === "'" || char === '"') readString(char);
      else if (char === '`') readTemplate();
      else if (char === '/' && regexMayStart(code)) readRegex();
      else {
        if (char === '{') depth += 1;
        if (char === '}') {
          if (insideTemplate && depth === 0) return;
          depth -= 1;
        }
        code += char;
        at += 1;
      }
    }
  }

  function readString(quote: string): void {
    const start = ++at;
    while (at < text.length && text[at] !== quote && text[at] !== '\n') at += text[at] === '\\' ? 2 : 1;
    keep(text.slice(start, at));
    at += 1;
  }

  /** A template without a hole is a string; one with holes is their code, between parentheses. */
  function readTemplate(): void {
    const start = ++at;
    let holes = 0;
    while (at < text.length && text[at] !== '`') {
      if (text.startsWith('${', at)) {
        code += holes === 0 ? '(' : ',';
        holes += 1;
        at += 2;
        readCode(true);
        at += 1;
      } else at += text[at] === '\\' ? 2 : 1;
    }
    if (holes === 0) keep(text.slice(start, at));
    else code += ')';
    at += 1;
  }

  function readRegex(): void {
    let inClass = false;
    at += 1;
    while (at < text.length && text[at] !== '\n' && (inClass || text[at] !== '/')) {
      if (text[at] === '[') inClass = true;
      if (text[at] === ']') inClass = false;
      at += text[at] === '\\' ? 2 : 1;
    }
    at += 1;
    // A value stands here, so that a division after it is one.
    code += '(0)';
  }

  readCode(false);
  return { code, strings };
}

function regexMayStart(before: string): boolean {
  const last = before.trimEnd();
  if (last === '') return true;
  return /[([{},;=:!&|?+\-*%~^<>]$/.test(last) || regexMayFollowWord.test(last);
}

/** Every import, also of types only, in the order of their kinds. */
export function importsOf(text: string): Import[] {
  const { code, strings } = readSource(text);
  const found: Import[] = [];
  const collect = (pattern: RegExp, how: (keyword: string) => Import['how']) => {
    for (const match of code.matchAll(pattern)) {
      const { keyword = '', index } = match.groups ?? {};
      found.push({
        specifier: index === undefined ? null : (strings[Number(index)] ?? null),
        how: how(keyword),
      });
    }
  };
  const own = String.raw`(?<![\w$.])`;
  collect(
    new RegExp(`${own}(?<keyword>import|export)\\b[\\w\\s{},*$']*?\\bfrom\\s*'(?<index>\\d+)'`, 'g'),
    (keyword) => (keyword === 'export' ? 'export' : 'import'),
  );
  collect(new RegExp(`${own}import\\s*'(?<index>\\d+)'`, 'g'), () => 'import');
  collect(new RegExp(`${own}import\\s*\\(\\s*(?:'(?<index>\\d+)'|)`, 'g'), () => 'dynamic');
  collect(/(?<![\w$])require(?:\.resolve)?\s*\(\s*(?:'(?<index>\d+)'|)/g, () => 'require');
  return found;
}
