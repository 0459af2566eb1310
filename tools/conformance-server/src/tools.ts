/** The tools that the suite calls, named and answering as it wants them. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import {
  type CallToolResult,
  CreateMessageResultSchema,
  ElicitResultSchema,
  type ServerNotification,
  type ServerRequest,
  type Tool,
} from '@modelcontextprotocol/sdk/types.js';
import { RED_PIXEL_PNG, SILENT_WAV } from './samples.ts';

/** Long enough for a client to see what comes while a tool runs. */
const STEP_MS = 50;
const RECONNECTION_MS = 100;

export interface ToolCall {
  readonly server: Server;
  readonly args: Readonly<Record<string, unknown>>;
  readonly extra: RequestHandlerExtra<ServerRequest, ServerNotification>;
}

interface OfferedTool {
  readonly description: string;
  readonly inputSchema: Tool['inputSchema'];
  run(call: ToolCall): CallToolResult | Promise<CallToolResult>;
}

const NOTHING: Tool['inputSchema'] = { type: 'object', properties: {} };

function oneText(name: string, description: string): Tool['inputSchema'] {
  return {
    type: 'object',
    properties: { [name]: { type: 'string', description } },
    required: [name],
  };
}

const image = { type: 'image', data: RED_PIXEL_PNG, mimeType: 'image/png' } as const;

function text(words: string): CallToolResult {
  return { content: [{ type: 'text', text: words }] };
}

const ENUM_FIELDS = {
  untitledSingle: { type: 'string', enum: ['option1', 'option2', 'option3'] },
  titledSingle: { type: 'string', oneOf: titled('Option') },
  legacyEnum: {
    type: 'string',
    enum: ['opt1', 'opt2', 'opt3'],
    enumNames: ['Option One', 'Option Two', 'Option Three'],
  },
  untitledMulti: {
    type: 'array',
    items: { type: 'string', enum: ['option1', 'option2', 'option3'] },
  },
  titledMulti: { type: 'array', items: { anyOf: titled('Choice') } },
} as const;

function titled(word: string) {
  return ['First', 'Second', 'Third'].map((place, at) => ({
    const: `value${at + 1}`,
    title: `${place} ${word}`,
  }));
}

const DEFAULT_FIELDS = {
  name: { type: 'string', description: 'A name', default: 'John Doe' },
  age: { type: 'integer', description: 'An age', default: 30 },
  score: { type: 'number', description: 'A score', default: 95.5 },
  status: {
    type: 'string',
    description: 'A state',
    enum: ['active', 'inactive', 'pending'],
    default: 'active',
  },
  verified: { type: 'boolean', description: 'Whether it was checked', default: true },
} as const;

/** Asks the person behind the client; the SDK's own types know fewer schemas than the standard. */
async function elicit({ extra }: ToolCall, message: string, fields: object) {
  const requestedSchema = { type: 'object', ...fields };
  const request = { method: 'elicitation/create', params: { message, requestedSchema } };
  return extra.sendRequest(request as ServerRequest, ElicitResultSchema);
}

async function elicitFields(call: ToolCall, properties: object): Promise<CallToolResult> {
  const { action, content } = await elicit(call, 'Please check these fields', { properties });
  return text(`Elicitation completed: action=${action}, content=${JSON.stringify(content)}`);
}

async function logInSteps({ server }: ToolCall): Promise<CallToolResult> {
  const steps = ['Tool execution started', 'Tool processing data', 'Tool execution completed'];
  for (const [at, data] of steps.entries()) {
    if (at > 0) await delay(STEP_MS);
    await server.sendLoggingMessage({ level: 'info', data });
  }
  return text('Three log messages were sent.');
}

async function progressInSteps({ extra }: ToolCall): Promise<CallToolResult> {
  const progressToken = extra._meta?.progressToken;
  for (const [at, progress] of [0, 50, 100].entries()) {
    if (at > 0) await delay(STEP_MS);
    if (progressToken === undefined) continue;
    await extra.sendNotification({
      method: 'notifications/progress',
      params: { progressToken, progress, total: 100 },
    });
  }
  return text('All steps are done.');
}

async function sample({ extra, args }: ToolCall): Promise<CallToolResult> {
  const prompt = { type: 'text' as const, text: String(args.prompt) };
  const answer = await extra.sendRequest(
    {
      method: 'sampling/createMessage',
      params: { messages: [{ role: 'user', content: prompt }], maxTokens: 100 },
    },
    CreateMessageResultSchema,
  );
  const said = answer.content.type === 'text' ? answer.content.text : `(${answer.content.type})`;
  return text(`LLM response: ${said}`);
}

async function askPerson(call: ToolCall): Promise<CallToolResult> {
  const properties = {
    username: { type: 'string', description: "User's response" },
    email: { type: 'string', description: "User's email address" },
  };
  const fields = { properties, required: ['username', 'email'] };
  const { action, content } = await elicit(call, String(call.args.message), fields);
  return text(`User response: action=${action}, content=${JSON.stringify(content)}`);
}

async function reconnect({ extra }: ToolCall): Promise<CallToolResult> {
  // Over HTTP the stream is closed in the middle, and the client comes back for the answer.
  extra.closeSSEStream?.();
  await delay(RECONNECTION_MS);
  return text('The answer that came after the stream was closed.');
}

export const TOOLS: Readonly<Record<string, OfferedTool>> = {
  test_simple_text: {
    description: 'Returns one text',
    inputSchema: NOTHING,
    run: () => text('This is a simple text response for testing.'),
  },
  test_image_content: {
    description: 'Returns an image',
    inputSchema: NOTHING,
    run: () => ({ content: [image] }),
  },
  test_audio_content: {
    description: 'Returns a sound',
    inputSchema: NOTHING,
    run: () => ({ content: [{ type: 'audio', data: SILENT_WAV, mimeType: 'audio/wav' }] }),
  },
  test_embedded_resource: {
    description: 'Returns a resource within its answer',
    inputSchema: NOTHING,
    run: () => ({
      content: [
        {
          type: 'resource',
          resource: {
            uri: 'test://embedded-resource',
            mimeType: 'text/plain',
            text: 'This is an embedded resource content.',
          },
        },
      ],
    }),
  },
  test_multiple_content_types: {
    description: 'Returns a text, an image and a resource',
    inputSchema: NOTHING,
    run: () => ({
      content: [
        { type: 'text', text: 'Multiple content types test:' },
        image,
        {
          type: 'resource',
          resource: {
            uri: 'test://mixed-content-resource',
            mimeType: 'application/json',
            text: JSON.stringify({ test: 'data', value: 123 }),
          },
        },
      ],
    }),
  },
  test_tool_with_logging: {
    description: 'Sends three log messages while it runs',
    inputSchema: NOTHING,
    run: logInSteps,
  },
  test_error_handling: {
    description: 'Always fails',
    inputSchema: NOTHING,
    run: () => ({ ...text('This tool intentionally returns an error for testing'), isError: true }),
  },
  test_tool_with_progress: {
    description: 'Reports its progress in three steps',
    inputSchema: NOTHING,
    run: progressInSteps,
  },
  test_sampling: {
    description: 'Asks the model behind the client',
    inputSchema: oneText('prompt', 'What to ask'),
    run: sample,
  },
  test_elicitation: {
    description: 'Asks the person behind the client',
    inputSchema: oneText('message', 'What to show'),
    run: askPerson,
  },
  test_elicitation_sep1034_defaults: {
    description: 'Asks with a default value for every kind of field',
    inputSchema: NOTHING,
    run: (call) => elicitFields(call, DEFAULT_FIELDS),
  },
  test_elicitation_sep1330_enums: {
    description: 'Asks with every kind of choice',
    inputSchema: NOTHING,
    run: (call) => elicitFields(call, ENUM_FIELDS),
  },
  test_reconnection: {
    description: 'Closes the stream of its answer before it is there',
    inputSchema: NOTHING,
    run: reconnect,
  },
  json_schema_2020_12_tool: {
    description: 'Tool with JSON Schema 2020-12 features',
    inputSchema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      $defs: {
        address: {
          type: 'object',
          properties: { street: { type: 'string' }, city: { type: 'string' } },
        },
      },
      properties: { name: { type: 'string' }, address: { $ref: '#/$defs/address' } },
      additionalProperties: false,
    },
    run: ({ args }) => text(JSON.stringify(args)),
  },
};
