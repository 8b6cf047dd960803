import { z } from '@hono/zod-openapi';
import type {
  DeviceView,
  LoginAnswer,
  LoginRequest,
  PasswordChangeRequest,
  ProblemDocument,
  RefreshAnswer,
  RefreshRequest,
  RegisterRequest,
  SessionAnswer,
  SessionsAnswer,
  SessionView,
  UserView,
} from '@latchstring/protocol';
import { ERRORS } from '@latchstring/protocol';
import type { ErrorCode } from '@latchstring/protocol';
import { PASSWORD_MAXIMUM_BYTES } from '../domain/password.ts';

// RFC 5321 section 4.5.3.1.3: no longer than this.
const email = z.string().trim().max(254).pipe(z.email()).openapi({ example: 'ada@example.com' });
const password = z
  .string()
  .min(1)
  .refine(
    (text) => Buffer.byteLength(text) <= PASSWORD_MAXIMUM_BYTES,
    `at most ${PASSWORD_MAXIMUM_BYTES} bytes`,
  )
  .refine((text) => text.isWellFormed(), 'well-formed Unicode')
  .openapi({ format: 'password' });
const mode = z.enum(['cookie', 'bearer']).optional();
const timestamp = z.iso.datetime();
// Control characters could split a line of a log or a header (attack 87).
const name = z
  .string()
  .max(100)
  .regex(/^[^\u0000-\u001f\u007f]*$/, 'no control characters')
  .optional();

/** Body of `POST /register`. */
export const registerRequest: z.ZodType<RegisterRequest> = z
  .strictObject({ email, password, name, mode })
  .openapi('RegisterRequest');

/** Body of `POST /login`. */
export const loginRequest: z.ZodType<LoginRequest> = z
  .strictObject({ email, password, mode })
  .openapi('LoginRequest');

/** Body of `POST /refresh`, `/logout` and `/logout-all`. */
export const refreshRequest: z.ZodType<RefreshRequest> = z
  .strictObject({ refresh_token: z.string().max(512).optional() })
  .openapi('RefreshRequest');

/** Body of `POST /password/change`. */
export const passwordChangeRequest: z.ZodType<PasswordChangeRequest> = z
  .strictObject({ current_password: password, new_password: password })
  .openapi('PasswordChangeRequest');

const userView: z.ZodType<UserView> = z
  .object({
    id: z.uuid(),
    email: z.string(),
    email_verified: z.boolean(),
    name: z.string().nullable(),
    roles: z.array(z.string()),
  })
  .openapi('User');

const sessionView: z.ZodType<SessionView> = z
  .object({ id: z.uuid(), created_at: timestamp, idle_expires_at: timestamp, expires_at: timestamp })
  .openapi('Session');

const refreshPolicy = z
  .object({ client_timeout: z.number(), superseded_window: z.number() })
  .openapi('RefreshPolicy');

const issued = {
  session: sessionView,
  access_token_expires_at: timestamp,
  access_token_expires_in: z.int(),
  refresh: refreshPolicy,
  access_token: z.string().optional(),
  token_type: z.literal('Bearer').optional(),
  expires_in: z.int().optional(),
  refresh_token: z.string().optional(),
};

/** Answer of `POST /register` and `/login`. */
export const loginAnswer: z.ZodType<LoginAnswer> = z
  .object({ user: userView, ...issued })
  .openapi('LoginAnswer') as z.ZodType<LoginAnswer>;

/** Answer of `POST /refresh` and `/password/change`. */
export const refreshAnswer: z.ZodType<RefreshAnswer> = z
  .object({ rotated: z.boolean(), ...issued })
  .openapi('RefreshAnswer') as z.ZodType<RefreshAnswer>;

/** Answer of `GET /session`. */
export const sessionAnswer: z.ZodType<SessionAnswer> = z
  .object({ user: userView, session: sessionView, access_token_expires_in: z.int(), refresh: refreshPolicy })
  .openapi('SessionAnswer');

const deviceView: z.ZodType<DeviceView> = z
  .object({
    id: z.uuid(),
    current: z.boolean(),
    created_at: timestamp,
    last_used_at: timestamp,
    device: z.string(),
    ip: z.string(),
  })
  .openapi('Device');

/** Answer of `GET /sessions`. */
export const sessionsAnswer: z.ZodType<SessionsAnswer> = z
  .object({ sessions: z.array(deviceView) })
  .openapi('SessionsAnswer');

/** The path parameter of `DELETE /sessions/{id}`. */
export const sessionParameters: z.ZodObject<{ id: z.ZodUUID }> = z.object({
  id: z.uuid().openapi({ param: { name: 'id', in: 'path' } }),
});

/** Every error answer. */
export const problem: z.ZodType<ProblemDocument> = z
  .object({
    type: z.string().openapi({ example: 'urn:latchstring:credentials_invalid' }),
    title: z.string(),
    status: z.int(),
    code: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]),
    detail: z.string(),
    trace_id: z.string(),
  })
  .openapi('Problem');
