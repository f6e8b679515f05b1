/** A piece of a model's text: what it thought, or what it answers. */
export interface TextPart {
  readonly type: 'thought' | 'text';
  readonly text: string;
}

const openTag = /^<(think|thinking|thought|reasoning)>/i;
const anyTag = /<(\/?)(?:think|thinking|thought|reasoning)>/i;
const tags = ['think', 'thinking', 'thought', 'reasoning'].flatMap((name) => [
  `<${name}>`,
  `</${name}>`,
]);

const beginsTag = (text: string): boolean =>
  tags.some((tag) => tag.startsWith(text.toLowerCase()) && tag.length > text.length);

/** Where a tag may begin whose rest has not arrived yet; the length of the text if none may. */
function partialTagAt(text: string): number {
  const at = text.lastIndexOf('<');
  return at !== -1 && beginsTag(text.slice(at)) ? at : text.length;
}

/**
 * Separates the thoughts that open models write before their answer, as `<think>…</think>`, from the answer.
 * Tags that come later in the text are part of it: somebody may have asked about them.
 */
export class ThoughtSplitter {
  #state: 'start' | 'thought' | 'text' = 'start';
  #sawThought = false;
  /** Text that cannot be told yet. */
  #held = '';
  /** Of tags that were opened and not closed. */
  #depth = 0;
  /** What came after a tag was closed within others: the answer, if those are never closed. */
  #afterClose: string | null = null;

  /** @returns the pieces that the text so far decides */
  push(delta: string): TextPart[] {
    if (this.#state === 'text') return delta === '' ? [] : [{ type: 'text', text: delta }];
    this.#held += delta;
    const parts: TextPart[] = [];
    while (this.#step(parts));
    return parts;
  }

  /** @returns the rest, at the end of the text */
  end(): TextPart[] {
    const held = this.#sawThought && this.#state === 'start' ? this.#held.trimStart() : this.#held;
    const answer = this.#afterClose;
    this.#held = '';
    if (this.#state !== 'thought') return held === '' ? [] : [{ type: 'text', text: held }];
    if (answer === null) return held === '' ? [] : [{ type: 'thought', text: held }];
    // A tag that the thought only mentioned was counted as one that opens.
    const text = (answer + held).trimStart();
    return text === '' ? [] : [{ type: 'text', text }];
  }

  /** @returns whether there may be more to decide */
  #step(parts: TextPart[]): boolean {
    if (this.#state === 'start') return this.#begin(parts);
    const tag = anyTag.exec(this.#held);
    const end = tag?.index ?? partialTagAt(this.#held);
    this.#addThought(this.#held.slice(0, end), parts);
    this.#held = this.#held.slice(end + (tag?.[0].length ?? 0));
    if (tag === null) return false;
    const closes = tag[1] === '/';
    this.#depth += closes ? -1 : 1;
    if (this.#depth === 0) {
      if (this.#afterClose !== null) parts.push({ type: 'thought', text: this.#afterClose });
      this.#afterClose = null;
      this.#state = 'start';
    } else if (closes) {
      if (this.#afterClose !== null) parts.push({ type: 'thought', text: this.#afterClose });
      this.#afterClose = '';
    }
    return true;
  }

  #begin(parts: TextPart[]): boolean {
    const text = this.#held.trimStart();
    const tag = openTag.exec(text);
    if (tag !== null) {
      this.#held = text.slice(tag[0].length);
      this.#depth = 1;
      this.#sawThought = true;
      this.#state = 'thought';
      return true;
    }
    if (text === '' || beginsTag(text)) return false;
    // White space between a thought and the answer belongs to neither.
    parts.push({ type: 'text', text: this.#sawThought ? text : this.#held });
    this.#held = '';
    this.#state = 'text';
    return false;
  }

  #addThought(text: string, parts: TextPart[]): void {
    if (text === '') return;
    if (this.#afterClose === null) parts.push({ type: 'thought', text });
    else this.#afterClose += text;
  }
}

/** The answer in a whole text. */
export function withoutThoughts(text: string): string {
  const splitter = new ThoughtSplitter();
  return [...splitter.push(text), ...splitter.end()]
    .map((part) => (part.type === 'text' ? part.text : ''))
    .join('');
}
