/** The prompts that the suite asks for. */
import type { GetPromptResult, Prompt, PromptMessage } from '@modelcontextprotocol/sdk/types.js';
import { RED_PIXEL_PNG } from './samples.ts';

type Arguments = Readonly<Record<string, string>>;

interface OfferedPrompt {
  readonly description: string;
  readonly arguments: NonNullable<Prompt['arguments']>;
  messages(args: Arguments): PromptMessage[];
}

function saying(text: string): PromptMessage {
  return { role: 'user', content: { type: 'text', text } };
}

function needed(name: string, description: string) {
  return { name, description, required: true };
}

const PROMPTS: Readonly<Record<string, OfferedPrompt>> = {
  test_simple_prompt: {
    description: 'A prompt without arguments',
    arguments: [],
    messages: () => [saying('This is a simple prompt for testing.')],
  },
  test_prompt_with_arguments: {
    description: 'A prompt with two arguments',
    arguments: [needed('arg1', 'First test argument'), needed('arg2', 'Second test argument')],
    messages: ({ arg1, arg2 }) => [saying(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)],
  },
  test_prompt_with_embedded_resource: {
    description: 'A prompt that carries a resource',
    arguments: [needed('resourceUri', 'URI of the resource to embed')],
    messages: ({ resourceUri = '' }) => [
      {
        role: 'user',
        content: {
          type: 'resource',
          resource: {
            uri: resourceUri,
            mimeType: 'text/plain',
            text: 'Embedded resource content for testing.',
          },
        },
      },
      saying('Please process the embedded resource above.'),
    ],
  },
  test_prompt_with_image: {
    description: 'A prompt that carries an image',
    arguments: [],
    messages: () => [
      {
        role: 'user',
        content: { type: 'image', data: RED_PIXEL_PNG, mimeType: 'image/png' },
      },
      saying('Please analyze the image above.'),
    ],
  },
};

export function listPrompts(): Prompt[] {
  return Object.entries(PROMPTS).map(([name, { description, arguments: args }]) => ({
    name,
    description,
    arguments: args,
  }));
}

/** @returns undefined when there is no such prompt */
export function getPrompt(name: string, args: Arguments): GetPromptResult | undefined {
  const prompt = PROMPTS[name];
  return prompt && { description: prompt.description, messages: prompt.messages(args) };
}
