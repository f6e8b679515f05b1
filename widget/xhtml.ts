/**
 * Lit parses its templates as HTML, in a template element of the document; one of an XHTML document parses XML. There the
 * hook that Lit offers to polyfills takes the element from another document. It must be set before Lit is evaluated.
 */
interface LitHook {
  litHtmlPolyfillSupport?: (templates: { createElement(markup: string): Element }) => void;
}

if (document.contentType === 'application/xhtml+xml') {
  const { implementation } = document;
  const hook = globalThis as LitHook;
  hook.litHtmlPolyfillSupport = (templates) => {
    delete hook.litHtmlPolyfillSupport;
    templates.createElement = (markup) => {
      const template = implementation.createHTMLDocument().createElement('template');
      template.innerHTML = markup;
      return template;
    };
  };
}

export {};
