import type { Response, ResponseStreamEvent } from 'openai/resources/responses/responses';
/** What a model's answer is made of. */
export type Output =
  | {
      readonly type: 'message';
      readonly text: string;
      readonly citations?: readonly {
        readonly url: string;
        readonly title: string;
      }[];
    }
  | {
      readonly type: 'refusal';
      readonly text: string;
    }
  | {
      readonly type: 'reasoning';
      readonly summaries: readonly string[];
    }
  | {
      readonly type: 'function_call';
      readonly name: string;
      readonly arguments: string;
    };
/** The answer as the API describes it; `output_text` is an invention of its SDK. */
export type ResponseBody = Omit<Response, 'output_text'>;
/** An answer that has begun. */
export declare function newResponse(
  request: Readonly<Record<string, unknown>>,
  nowSeconds: number,
): ResponseBody;
/** An answer as the API streams it. */
export declare function responseEvents(
  response: ResponseBody,
  outputs: readonly Output[],
): Generator<ResponseStreamEvent, void>;
/** The same answer all at once. */
export declare const wholeResponse: (
  response: ResponseBody,
  outputs: readonly Output[],
) => ResponseBody;
