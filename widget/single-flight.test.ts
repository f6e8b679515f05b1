import { expect } from './test/testing.js';
import { SingleFlight, abortable, withTimeout } from './single-flight.js';
import { defer } from './test/fetch.js';

const reasonOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no failure',
    (reason: unknown) => reason,
  );

describe('SingleFlight', () => {
  it('does the work once for all who wait', async () => {
    const flight = new SingleFlight<string>(1000, 'session_timeout');
    const work = defer<string>();
    let starts = 0;
    const start = () => {
      starts++;
      return work.promise;
    };
    const all = [flight.join(start), flight.join(start), flight.join(start)];
    work.resolve('done');
    expect(await Promise.all(all)).to.deep.equal(['done', 'done', 'done']);
    expect(starts).to.equal(1);
  });

  it('starts anew for whoever asks after the end, even in the very moment of it', async () => {
    const flight = new SingleFlight<number>(1000, 'session_timeout');
    let starts = 0;
    const start = () => Promise.resolve(++starts);
    const first = flight.join(start).then(() => flight.join(start));
    const second = flight.join(start).then(() => flight.join(start));
    expect(await Promise.all([first, second])).to.deep.equal([2, 2]);
    expect(await flight.join(start)).to.equal(3);
  });

  it('starts anew after a failure', async () => {
    const flight = new SingleFlight<string>(1000, 'session_timeout');
    const failure = new Error('no');
    expect(await reasonOf(flight.join(() => Promise.reject(failure)))).to.equal(failure);
    expect(await flight.join(() => Promise.resolve('yes'))).to.equal('yes');
  });

  it('lets one caller go, and stops the work when the last one has gone', async () => {
    const flight = new SingleFlight<string>(1000, 'session_timeout');
    const callers = [new AbortController(), new AbortController()];
    let signal: AbortSignal | undefined;
    const start = (ended: AbortSignal) => {
      signal = ended;
      return new Promise<string>(() => undefined);
    };
    const [first, second] = callers.map((caller) => reasonOf(flight.join(start, caller.signal)));
    callers[0]?.abort('gone');
    expect(await first).to.equal('gone');
    expect(signal?.aborted).to.equal(false);
    callers[1]?.abort('gone too');
    expect(await second).to.equal('gone too');
    expect(signal?.aborted).to.equal(true);
  });

  it('gives a typed error when it takes too long, and tells the work to stop', async () => {
    const flight = new SingleFlight<string>(1, 'session_timeout');
    let signal: AbortSignal | undefined;
    const late = flight.join((ended) => {
      signal = ended;
      return new Promise(() => undefined);
    });
    expect(await reasonOf(late)).to.include({ code: 'session_timeout' });
    expect(signal?.aborted).to.equal(true);
  });

  it('can be cancelled for everybody', async () => {
    const flight = new SingleFlight<string>(1000, 'session_timeout');
    const start = () => new Promise<string>(() => undefined);
    const all = [reasonOf(flight.join(start)), reasonOf(flight.join(start))];
    const reason = new Error('reset');
    flight.cancel(reason);
    expect(await Promise.all(all)).to.deep.equal([reason, reason]);
  });
});

describe('abortable', () => {
  it('rejects at once when the signal has aborted already', async () => {
    const never = new Promise(() => undefined);
    expect(await reasonOf(abortable(never, AbortSignal.abort('late')))).to.equal('late');
  });

  it('settles as the work does', async () => {
    const { signal } = new AbortController();
    expect(await abortable(Promise.resolve(1), signal)).to.equal(1);
    const failure = new Error('no');
    expect(await reasonOf(abortable(Promise.reject(failure), signal))).to.equal(failure);
  });
});

describe('withTimeout', () => {
  it('names the code and the detail', async () => {
    const late = withTimeout(new Promise(() => undefined), 1, 'chatkit_timeout', 'here');
    const error = (await reasonOf(late)) as Error;
    expect(error).to.include({ code: 'chatkit_timeout' });
    expect(error.message).to.contain('here');
  });
});
