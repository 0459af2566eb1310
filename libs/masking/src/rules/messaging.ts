import type { MaskRule } from '../rule.ts';
import { hasDigit, isDiscordToken } from '../validators.ts';
import { credentials, fenced } from './fence.ts';
import { DIGITS, HEX, sample } from './sample.ts';

/** "123456789012345678" in base64: the form of a bot's id in its token. */
const DISCORD_ID = 'MTIzNDU2Nzg5MDEyMzQ1Njc4';

/** Tokens of chat, mail and telephone services. */
export const MESSAGING_RULES: readonly MaskRule[] = credentials([
  {
    id: 'slack-token',
    reason: 'Slack bot, user, app, refresh, legacy and session tokens.',
    keywords: [
      'xoxb-',
      'xoxp-',
      'xoxa-',
      'xoxr-',
      'xoxs-',
      'xoxe-',
      'xoxe.',
      'xoxo-',
      'xoxc-',
      'xoxd-',
      'xapp-',
    ],
    pattern:
      /xox[abcdeoprs][-.](?:xox[bp]-)?[A-Za-z0-9%/+=-]{10,400}|xapp-\d-[A-Za-z0-9-]{20,300}/g,
    accepts: ({ value }) => hasDigit(value),
    examples: [
      `⟦xoxb-${sample(12, DIGITS)}-${sample(24)}⟧`,
      `⟦xapp-1-A0${sample(9)}-${sample(60)}⟧`,
    ],
    counterExamples: ['xoxb-your-token-here', 'xapp-'],
  },
  {
    id: 'slack-webhook',
    reason: 'Whoever has the address may post: Slack incoming webhook or workflow trigger.',
    keywords: ['hooks.slack.com'],
    pattern: /(?<head>hooks\.slack\.com\/(?:services|workflows|triggers)\/)[A-Za-z0-9/_-]{20,120}/g,
    examples: [`POST https://hooks.slack.com/services/⟦T00000000/B00000000/${sample(24)}⟧`],
    counterExamples: ['hooks.slack.com/services/T0'],
  },
  {
    id: 'discord-token',
    reason: 'Discord bot token: id in base64, time, signature.',
    keywords: [],
    shape: 'six-between-dots',
    pattern: fenced(
      /[MNO][A-Za-z0-9_-]{17,28}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,45}(?![A-Za-z0-9_-])/,
    ),
    accepts: ({ value }) => isDiscordToken(value),
    examples: [`login ⟦${DISCORD_ID}.${sample(6)}.${sample(38)}⟧`],
    counterExamples: [`${sample(24)}.${sample(6)}.${sample(38)}`],
  },
  {
    id: 'discord-webhook',
    reason: 'Whoever has the address may post: Discord webhook.',
    keywords: ['/api/webhooks/'],
    pattern: /(?<head>discord(?:app)?\.com\/api\/webhooks\/\d{5,25}\/)[A-Za-z0-9_-]{40,100}/g,
    examples: [`https://discord.com/api/webhooks/123456789012345678/⟦${sample(68)}⟧`],
    counterExamples: ['GET /api/webhooks/12'],
  },
  {
    id: 'telegram-token',
    reason: 'Telegram bot token: bot id and 35 characters that begin with A.',
    keywords: [':aa'],
    pattern: /(?<!\d)\d{8,10}:AA[A-Za-z0-9_-]{32,34}(?![A-Za-z0-9_-])/g,
    examples: [`https://api.telegram.org/bot⟦123456789:AA${sample(33)}⟧/getMe`],
    counterExamples: ['mac 00:aa:bb:cc:dd:ee', '12345678:AAAA'],
  },
  {
    id: 'twilio-key',
    reason: 'Twilio API key id, the user name of a key pair.',
    keywords: [...'0123456789abcdef'].map((digit) => `sk${digit}`),
    pattern: fenced(/SK[0-9a-f]{32}(?![A-Za-z0-9])/),
    examples: [`twilio ⟦SK${sample(32, HEX)}⟧`],
    counterExamples: ['SKETCH loaded', 'disk0 mounted'],
  },
  {
    id: 'sendgrid-key',
    reason: 'SendGrid API key: sends mail as its owner.',
    keywords: ['sg.'],
    pattern: fenced(/SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}/),
    accepts: ({ value }) => hasDigit(value),
    examples: [`⟦SG.${sample(22)}.${sample(43)}⟧`],
    counterExamples: ['msg.length', 'SG.UNIT'],
  },
  {
    id: 'mailgun-key',
    reason: 'Mailgun private key, old and new form.',
    keywords: ['key-', 'mailgun'],
    pattern: fenced(
      /key-[0-9a-f]{32}(?![A-Za-z0-9])|[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}(?![A-Za-z0-9-])/,
    ),
    examples: [
      `⟦key-${sample(32, HEX)}⟧`,
      `mailgun ⟦${sample(32, HEX)}-${sample(8, HEX)}-${sample(8, HEX)}⟧`,
    ],
    counterExamples: ['key-value store', 'cache key-0a1b2c'],
  },
  {
    id: 'mailchimp-key',
    reason: 'Mailchimp and Mandrill API keys.',
    keywords: ['-us', 'md-'],
    pattern: fenced(/[0-9a-f]{32}-us\d{1,2}(?![A-Za-z0-9])|md-[A-Za-z0-9_-]{22}(?![A-Za-z0-9_-])/),
    accepts: ({ value }) => hasDigit(value),
    examples: [`⟦${sample(32, HEX)}-us14⟧`],
    counterExamples: ['gcp zone-us1', 'md-editor'],
  },
]);
