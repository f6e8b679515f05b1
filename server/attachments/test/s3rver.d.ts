declare module 's3rver' {
  import type { AddressInfo } from 'node:net';

  /** The part of the package that tests use; it brings no types. */
  export default class S3rver {
    constructor(options: {
      readonly port: number;
      readonly silent: boolean;
      readonly directory: string;
      readonly configureBuckets: readonly {
        readonly name: string;
        readonly configs: readonly [];
      }[];
    });
    run(): Promise<AddressInfo>;
    close(): Promise<void>;
  }
}
