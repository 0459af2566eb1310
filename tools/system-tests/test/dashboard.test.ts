/** Does the page show, in a real browser, what the servers say? */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { browserPath, eventually, makeTempDir } from '@mcplog/test-kit';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { untilFound } from '../src/logs.ts';
import { type Client, callTool, connectMcp } from '../src/mcp.ts';
import { openProduct, type Product } from '../src/product.ts';
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
  await scene.addInstance(ann, { service: 'printer', name: 'Printer', env });
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
