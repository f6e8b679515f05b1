/** A failure in OpenAI's envelope. */
export class OpenAIStyleError extends Error {
  readonly status: number;
  readonly body: {
    error: { message: string; type: string; param: string | null; code: string | null };
  };
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    {
      type = 'invalid_request_error',
      param = null,
      code = null,
      headers = {},
    }: {
      type?: string;
      param?: string | null;
      code?: string | null;
      headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.body = { error: { message, type, param, code } };
    this.headers = headers;
  }
}
