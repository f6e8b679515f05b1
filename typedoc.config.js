import { OptionDefaults } from 'typedoc';

// Tags of the custom elements manifest, which TypeDoc does not know.
const elementTags = ['@tag', '@attr', '@fires', '@slot', '@csspart', '@cssprop'];

/** What Lit's own comments, which the element inherits, link to. */
const externalSymbolLinkMappings = {
  '@lit/reactive-element': {
    PropertyDeclaration: 'https://lit.dev/docs/api/ReactiveElement/#PropertyDeclaration',
  },
};

/** The public API of the packages, as pages in docs/api/. */
export default {
  entryPointStrategy: 'packages',
  entryPoints: ['widget', 'server', 'sandbox'],
  out: 'docs/api',
  readme: 'none',
  includeVersion: true,
  treatWarningsAsErrors: true,
  externalSymbolLinkMappings,
  packageOptions: {
    excludeInternal: true,
    excludePrivate: true,
    readme: 'README.md',
    blockTags: [...OptionDefaults.blockTags, ...elementTags],
    // Types that only signatures name are shown there; not each needs a page.
    validation: { notExported: false, invalidLink: true },
  },
};
