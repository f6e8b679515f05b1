import type { HelmetOptions } from 'helmet';

/** Security headers of all answers. None of them is a document that runs anything or may be framed. */
export const securityPolicy = (production: boolean) =>
  ({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    // For this host only: its sister domains are not this service's to decide about.
    strictTransportSecurity: production ? { maxAge: 31_536_000, includeSubDomains: false } : false,
  }) satisfies HelmetOptions;
