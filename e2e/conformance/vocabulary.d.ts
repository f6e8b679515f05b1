/** The places that JSON schemas know, each as a line such as `item (widget).copy_text`. */
export function vocabularyOf(schemas: Readonly<Record<string, object>>): string[];
