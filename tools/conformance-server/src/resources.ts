/** The resources that the suite reads and watches. */
import type { ReadResourceResult, Resource } from '@modelcontextprotocol/sdk/types.js';
import { RED_PIXEL_PNG } from './samples.ts';

export const RESOURCES: readonly Resource[] = [
  {
    uri: 'test://static-text',
    name: 'Static text',
    description: 'A text that never changes',
    mimeType: 'text/plain',
  },
  {
    uri: 'test://static-binary',
    name: 'Static image',
    description: 'An image that never changes',
    mimeType: 'image/png',
  },
  {
    uri: 'test://watched-resource',
    name: 'Watched text',
    description: 'A text that may be subscribed to',
    mimeType: 'text/plain',
  },
];

export const TEMPLATE = {
  uriTemplate: 'test://template/{id}/data',
  name: 'Data by id',
  description: 'A document for each id',
  mimeType: 'application/json',
};

/** @returns undefined when there is no such resource */
export function readResource(uri: string): ReadResourceResult | undefined {
  const id = /^test:\/\/template\/([^/]+)\/data$/.exec(uri)?.[1];
  if (id !== undefined) {
    const document = { id, templateTest: true, data: `Data for ID: ${id}` };
    return { contents: [{ uri, mimeType: 'application/json', text: JSON.stringify(document) }] };
  }
  switch (uri) {
    case 'test://static-text':
      return plain(uri, 'This is the content of the static text resource.');
    case 'test://static-binary':
      return { contents: [{ uri, mimeType: 'image/png', blob: RED_PIXEL_PNG }] };
    case 'test://watched-resource':
      return plain(uri, 'Watched resource content');
    default:
      return undefined;
  }
}

function plain(uri: string, text: string): ReadResourceResult {
  return { contents: [{ uri, mimeType: 'text/plain', text }] };
}
