/** Every error code that leaves a door, with its HTTP status. A code is never reused. */
export const ERROR_STATUS = {
  MCPLOG_BAD_REQUEST: 400,
  MCPLOG_BAD_ID: 400,
  MCPLOG_BAD_CURSOR: 400,
  MCPLOG_BAD_REGEX: 400,
  MCPLOG_UNKNOWN_PARAMETER: 400,
  MCPLOG_BAD_LOGIN: 401,
  MCPLOG_NOT_LOGGED_IN: 401,
  MCPLOG_FORBIDDEN: 403,
  MCPLOG_FOREIGN_HOST: 403,
  MCPLOG_NOT_FOUND: 404,
  MCPLOG_METHOD_NOT_ALLOWED: 405,
  MCPLOG_CONFLICT: 409,
  MCPLOG_INSTANCE_NOT_RUNNING: 409,
  MCPLOG_TOO_LARGE: 413,
  MCPLOG_UNSUPPORTED_MEDIA_TYPE: 415,
  MCPLOG_TOO_MANY_REQUESTS: 429,
  MCPLOG_INTERNAL: 500,
  MCPLOG_INSTANCE_FAILED: 502,
  MCPLOG_BUS_UNAVAILABLE: 503,
  MCPLOG_SERVICE_UNAVAILABLE: 503,
  MCPLOG_QUERY_TIMEOUT: 504,
} as const;
export type ErrorCode = keyof typeof ERROR_STATUS;

/** One problem of a refused request: where it is and what would be accepted. */
export interface ErrorDetail {
  readonly path: string;
  readonly problem: string;
}

/** A refusal that may be shown to the caller as it is. */
export class McplogError extends Error {
  readonly code: ErrorCode;
  readonly details: readonly ErrorDetail[];

  constructor(code: ErrorCode, message: string, details: readonly ErrorDetail[] = []) {
    super(message);
    this.name = 'McplogError';
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return ERROR_STATUS[this.code];
  }

  /** The body of the answer: `{"error":{code,message,details}}`. */
  toBody(): { error: { code: ErrorCode; message: string; details: readonly ErrorDetail[] } } {
    return { error: { code: this.code, message: this.message, details: this.details } };
  }
}
