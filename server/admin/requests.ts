import { Type, type Static, type TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import type { ThreadCursor } from '../storage/index.js';
import { Problem } from '../problems.js';

const closed = { additionalProperties: false };
const Day = Type.String({ pattern: '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$' });
const User = Type.String({ minLength: 1, maxLength: 256 });
const ThreadId = Type.String({ minLength: 1, maxLength: 256 });

const ListRequest = Type.Object(
  {
    text: Type.Optional(Type.String({ maxLength: 200 })),
    user: Type.Optional(User),
    disliked: Type.Optional(Type.Boolean()),
    failed: Type.Optional(Type.Boolean()),
    from: Type.Optional(Day),
    to: Type.Optional(Day),
    cursor: Type.Optional(Type.String({ maxLength: 64 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
  },
  closed,
);
/** A conversation, or everything that is stored for a user. */
const SubjectRequest = Type.Union([
  Type.Object({ thread: ThreadId }, closed),
  Type.Object({ user: User }, closed),
]);
const ItemsRequest = Type.Object(
  { after: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })) },
  closed,
);
const AuditRequest = Type.Object(
  { before: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,14}$' })) },
  closed,
);

/** Checks what came in by hand, because the validator of an application around us may be of another kind. */
function parserOf<Schema extends TSchema>(schema: Schema): (value: unknown) => Static<Schema> {
  const validator: Validator = Compile(schema);
  return (value) => {
    if (!validator.Check(value)) {
      const [first] = validator.Errors(value);
      const where = first?.instancePath ?? '';
      throw new Problem(
        'bad_request',
        `The request is malformed. ${where} ${first?.message ?? ''}`.trim(),
      );
    }
    return value as Static<Schema>;
  };
}

export const parseList = parserOf(ListRequest);
export const parseSubject = parserOf(SubjectRequest);
export const parseItems = parserOf(ItemsRequest);
export const parseAudit = parserOf(AuditRequest);

/** @throws {Problem} `bad_request` for a date that no calendar has */
export function checkDays(...days: readonly (string | undefined)[]): void {
  for (const day of days) {
    if (day === undefined) continue;
    const time = Date.parse(`${day}T00:00:00Z`);
    if (!Number.isNaN(time) && new Date(time).toISOString().startsWith(day)) continue;
    throw new Problem('bad_request', `There is no day ${day}.`);
  }
}

export const formatCursor = ({ activeOn, key }: ThreadCursor): string => `${activeOn}.${key}`;

/** @throws {Problem} `bad_request` */
export function parseCursor(text: string): ThreadCursor {
  const [, activeOn = '', key = ''] = /^(\d{4}-\d\d-\d\d)\.([1-9]\d{0,14})$/.exec(text) ?? [];
  if (key === '') throw new Problem('bad_request', 'This is no cursor of the list.');
  checkDays(activeOn);
  return { activeOn, key: Number(key) };
}
