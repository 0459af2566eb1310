/** Does the page show, in a real browser, what the servers say? */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { browserPath, eventually, makeTempDir } from '@mcplog/test-kit';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { untilFound } from '../src/logs.ts';
import { type Client, callTool, connectMcp } from '../src/mcp.ts';
import { openProduct, type Product, productPath } from '../src/product.ts';
import {
  EVERYTHING_ITEM,
  type NewUser,
  NUMBERED_ITEM,
  openScene,
  type Scene,
} from '../src/scene.ts';

const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 360, height: 780 };
const BROWSER_FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
/** What the browser itself prints when the page asks who is logged in, before anybody is. */
const NOBODY_YET = /status of 401 .*/;
const ROW = 'ol.list-rows > li';

let product: Product;
let scene: Scene;
let ann: NewUser;
let id: string;
let printerId: string;
/** A server with a tool that answers well and prints an exception. */
let quietId: string;
let client: Client;
let browser: Browser;
let page: Page;
let pictures: string;
/** Console errors, refused by the Content-Security-Policy included, and uncaught errors. */
const complaints: string[] = [];

beforeAll(async () => {
  product = await openProduct();
  scene = await openScene(product);
  pictures = process.env.MCPLOG_SCREENSHOT_DIR ?? (await makeTempDir('screenshots'));
  mkdirSync(pictures, { recursive: true });
  await prepareServers();
  browser = await chromium.launch({ executablePath: browserPath(), args: BROWSER_FLAGS });
  page = await openPage();
});

afterAll(async () => {
  await browser?.close();
  await client?.close();
  await product?.stop();
});

/** Three servers: one with calls, one that prints, one that cannot start. */
async function prepareServers(): Promise<void> {
  ann = await scene.addUser('ann');
  await scene.putItem('reference', EVERYTHING_ITEM);
  await scene.putItem('printer', NUMBERED_ITEM);
  await scene.putItem('missing', { command: 'no-such-program-4711', args: [] });
  const services = { service: 'reference', name: 'Reference server' };
  id = await scene.addInstance(ann, services);
  const env = { LINES_PER_SECOND: '5', LINES_MAX: '200' };
  printerId = await scene.addInstance(ann, { service: 'printer', name: 'Printer', env });
  await scene.addInstance(ann, { service: 'missing', name: 'Not installed', until: 'failed' });
  client = await connectMcp(ann, id);
  await client.listTools();
  for (const message of ['first', 'second', 'third']) await callTool(client, 'echo', { message });
  await callTool(client, 'get-sum', { a: 2, b: 40 });
  await callTool(client, 'get-sum', { a: 'two' });
  await callTool(client, 'get-tiny-image');
  await callTool(client, 'trigger-long-running-operation', { duration: 1, steps: 4 });
  await callTool(client, 'no-such-tool');
  await untilFound(ann, id, { search: 'no-such-tool' });
  await prepareQuietServer();
}

async function prepareQuietServer(): Promise<void> {
  const args = [productPath('tools/system-tests/src/modern-server.ts')];
  await scene.putItem('quiet', { command: 'node', args });
  quietId = await scene.addInstance(ann, { service: 'quiet', name: 'Quiet' });
  const quiet = await connectMcp(ann, quietId);
  for (const tool of ['fine', 'fails_quietly', 'fine']) await callTool(quiet, tool);
  await quiet.close();
  await untilFound(ann, quietId, { 'meta.outcome': 'suspected_error' });
}

async function openPage(): Promise<Page> {
  const context = await browser.newContext({ viewport: DESKTOP, colorScheme: 'light' });
  const opened = await context.newPage();
  opened.setDefaultTimeout(20_000);
  opened.on('console', (message) => {
    const text = message.text();
    if (message.type() === 'error' && !NOBODY_YET.test(text)) complaints.push(text);
  });
  opened.on('pageerror', (error) => complaints.push(String(error)));
  return opened;
}

async function logInAs(username: string, password: string): Promise<void> {
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
}

/** The page as it is, on a desktop in both colours and on a phone. */
async function picture(name: string): Promise<void> {
  const take = (form: string) => page.screenshot({ path: join(pictures, `${name}-${form}.png`) });
  await take('desktop-light');
  await page.emulateMedia({ colorScheme: 'dark' });
  await take('desktop-dark');
  await page.setViewportSize(PHONE);
  await take('phone-dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await take('phone-light');
  await page.setViewportSize(DESKTOP);
}

const rows = () => page.locator(ROW);
const calls = () => page.locator('ol.call-list > li');
const rowWith = (text: string) => rows().filter({ hasText: text });

describe('a user', () => {
  test('is asked for a password, told when it is wrong, and let in when it is right', async () => {
    await page.goto(product.url);
    await page.getByLabel('Username').waitFor();
    await picture('login');
    await logInAs(ann.user.username, 'not the password');
    await page
      .getByRole('alert')
      .filter({ hasText: /password/i })
      .waitFor();
    // The browser itself reports the refused login.
    complaints.length = 0;
    await logInAs(ann.user.username, ann.password);
    await page.getByRole('heading', { name: 'Instances' }).waitFor();
  });

  test('sees each instance with its state', async () => {
    const list = page.getByRole('list', { name: 'Your instances' });
    await list.getByRole('listitem').nth(2).waitFor();
    const text = async (name: string) =>
      list.getByRole('listitem').filter({ hasText: name }).innerText();
    await eventually(async () => (await text('Reference server')).includes('Running'));
    expect(await text('Not installed')).toContain('Failed');
    expect(await text('Not installed')).toContain('no-such-program-4711');
    await picture('instances');
  });

  test('sees a call appear while it is made', async () => {
    await page.getByRole('link', { name: 'Reference server' }).click();
    await rowWith('no-such-tool').first().waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    const before = await rowWith('get-structured-content').count();
    await callTool(client, 'get-structured-content', { location: 'New York' });
    await rowWith('get-structured-content').first().waitFor();
    expect(before).toBe(0);
    await picture('log');
  });

  test('narrows the list by words and by level', async () => {
    await page.getByRole('textbox', { name: 'Search' }).fill('echo');
    await eventually(async () => {
      const texts = await rows().allInnerTexts();
      return texts.length === 3 && texts.every((text) => text.includes('echo'));
    });
    await page.getByRole('button', { name: 'Clear search' }).click();
    await page.getByRole('button', { name: 'error', exact: true }).click();
    await eventually(async () => {
      const texts = await rows().allInnerTexts();
      return texts.length === 2 && texts.every((text) => text.includes('tool_error'));
    });
    await picture('search');
    await page.getByRole('button', { name: 'Clear search' }).click();
    await rowWith('echo').first().waitFor();
  });

  test('opens an entry and sees its fields, its JSON and what happened around it', async () => {
    await rowWith('echo').first().getByRole('button', { name: 'Open entry' }).click();
    const detail = page.locator('.detail');
    await detail.getByText('gen_ai.tool.name').waitFor();
    await picture('entry');
    await detail.getByRole('button', { name: 'JSON', exact: true }).click();
    await detail.getByText('"outcome": "ok"').waitFor();
    await detail.getByRole('button', { name: 'Context' }).click();
    const around = detail.getByRole('list', { name: 'Entries around this one' });
    await around.getByText('initialize').waitFor();
    expect(await around.locator('[aria-current=true]').count()).toBe(1);
  });

  test('finds the same entry open behind a copied address', async () => {
    const address = page.url();
    expect(address).toContain('seq=');
    await page.goto(address);
    await page.locator('li.selected').waitFor();
  });

  test('sees numbers per tool and how calls ended, and narrows the list by both', async () => {
    await page.goto(`${product.url}/instances/${id}/calls`);
    const table = page.getByRole('table');
    const rowOf = (tool: string) => table.getByRole('row').filter({ hasText: tool });
    const cells = async (tool: string) => rowOf(tool).getByRole('cell').allInnerTexts();
    await rowOf('echo').waitFor();
    expect((await cells('echo')).slice(1, 3)).toEqual(['3', '0']);
    expect((await cells('get-sum')).slice(1, 3)).toEqual(['2', '1 (50 %)']);
    expect((await cells('get-sum'))[3]).toMatch(/^[\d.]+ m?s$/);
    await picture('calls');
    await page.setViewportSize(PHONE);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(PHONE.width);
    await page.setViewportSize(DESKTOP);
    await table.getByRole('button', { name: 'get-sum' }).click();
    await eventually(async () => (await calls().count()) === 2);
    await page.getByRole('button', { name: /^not ok/ }).click();
    await eventually(async () => (await calls().count()) === 1);
    expect(page.url()).toContain('tool=get-sum&outcome=not_ok');
    await page.reload();
    await eventually(async () => (await calls().count()) === 1);
  });

  test('opens a call that failed quietly and reads what was printed during it', async () => {
    await page.goto(`${product.url}/instances/${quietId}/calls`);
    await calls().filter({ hasText: 'suspected error' }).getByRole('button').click();
    const printed = page.getByRole('list', { name: 'Printed during this call' });
    await printed.getByText('Error: the catalogue is not readable').waitFor();
    await picture('call');
    await page.goto(page.url());
    await printed.waitFor();
    await page.getByRole('link', { name: 'Show in the log' }).click();
    await page.locator('li.selected').filter({ hasText: 'fails_quietly' }).waitFor();
    await page.getByRole('link', { name: 'Its call' }).click();
    await printed.waitFor();
  });

  test('sees how a server speaks the protocol', async () => {
    await page.goto(`${product.url}/instances/${id}/calls`);
    const protocol = page.getByRole('group').filter({ hasText: 'Protocol' });
    await protocol.getByText('Nothing to complain about').waitFor();
    await protocol.getByText('Protocol', { exact: true }).click();
    await protocol.getByText('mcp-servers/everything').last().waitFor();
    await picture('protocol');
  });

  test('is told where there are no calls, and offered a longer time', async () => {
    await page.goto(`${product.url}/instances/${printerId}/calls`);
    await page.getByRole('heading', { name: 'No calls in the last 24 hours' }).waitFor();
    await picture('no-calls');
    await page.getByRole('button', { name: 'Look at the last 7 days' }).click();
    await page.getByRole('heading', { name: 'No calls in the last 7 days' }).waitFor();
  });

  test('reaches no page of the administrators', async () => {
    await page.goto(`${product.url}/admin/users`);
    await page
      .getByText(/administrator/i)
      .first()
      .waitFor();
    expect(await page.getByRole('heading', { name: 'Users' }).count()).toBe(0);
  });
});

describe('an administrator', () => {
  test('sees the health of the system and its logs', async () => {
    await page.goto(product.url);
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('Username').waitFor();
    await logInAs('admin', product.adminPassword);
    await page.getByRole('link', { name: 'Health' }).click();
    await page.getByText('Everything works').waitFor();
    await picture('health');
    await page.getByRole('link', { name: 'System logs' }).click();
    await page
      .getByRole('list', { name: /System log entries/ })
      .getByRole('listitem')
      .first()
      .waitFor();
    await picture('system-logs');
  });
});

test('the page fits a phone: nothing is wider than the screen', async () => {
  await page.setViewportSize(PHONE);
  for (const path of ['/', '/admin/health', '/admin/system', '/admin/users']) {
    await page.goto(`${product.url}${path}`);
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
    const width = await page.evaluate('document.documentElement.scrollWidth');
    expect(width, path).toBeLessThanOrEqual(PHONE.width);
  }
});

test('neither the console nor the Content-Security-Policy had anything to complain about', () => {
  expect(complaints).toEqual([]);
});
