import { decodeFrameParams } from '../page/frame-params.js';
import { FrameApp } from './frame-app.js';
import { InvalidFrameParamsError } from './option-checks.js';

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      },
      { once: true },
    );
  });
}

const params = decodeFrameParams(location.hash);
if (params === null) throw new InvalidFrameParamsError(['The frame was opened without parameters']);

// Relative to the frame, so that a scenario in its address stays.
const hostedUrl = new URL('../../v1/chatkit/conversation', location.href);
new FrameApp({ window, params, hostedUrl, sleep }).start();
