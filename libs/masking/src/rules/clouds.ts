import type { MaskRule } from '../rule.ts';
import { isMixed, shannonBits } from '../validators.ts';
import { credentials, fenced } from './fence.ts';
import { HEX, sample, UPPER } from './sample.ts';

const AWS_SECRET_BITS_MIN = 4;
const DIGIT_HEADS = [...'0123456789'];

/** Tokens of clouds and of the platforms that run on them. */
export const CLOUD_RULES: readonly MaskRule[] = credentials([
  {
    id: 'aws-access-key-id',
    reason: 'AWS access key id: names the account and makes a leaked secret usable.',
    keywords: ['akia', 'asia', 'abia', 'acca'],
    pattern: fenced(/(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])/),
    examples: [`signed by ⟦AKIA${sample(16, UPPER)}⟧`],
    counterExamples: ['region ASIA-PACIFIC', 'AKIA is a prefix', 'ASIAPACIFICNORTHEASTERNREGION'],
  },
  {
    id: 'aws-secret-key',
    reason: 'AWS secret access key: 40 base64 characters near the word aws or amazon.',
    keywords: ['aws', 'amazon'],
    pattern:
      /(?<head>(?<![A-Za-z0-9/+=_.-])|secret_?(?:access_?)?key\\{0,8}["']?\s{0,4}[:=]\s{0,4}\\{0,8}["']?)[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=_.-])/gi,
    accepts: ({ value }) => isMixed(value) && shannonBits(value) >= AWS_SECRET_BITS_MIN,
    examples: [
      `aws configure: ⟦${sample(38)}/x⟧ written`,
      `aws_secret_access_key=⟦/${sample(38)}x⟧`,
    ],
    counterExamples: [
      `aws object etag ${sample(40, HEX)}`,
      'aws s3 cp data/Reports/2026/November/Summary/Weekly42 .',
    ],
  },
  {
    id: 'gcp-api-key',
    reason: 'Google API key (Maps, Gemini, Firebase…).',
    keywords: ['aiza'],
    pattern: /AIza[A-Za-z0-9_-]{35}/g,
    examples: [`gemini ⟦AIza${sample(35)}⟧`],
    counterExamples: ['AIza…'],
  },
  {
    id: 'gcp-oauth-token',
    reason: 'Google OAuth access token, refresh token and client secret.',
    keywords: ['ya29.', 'gocspx-', '1//0'],
    pattern: fenced(
      /ya29\.[A-Za-z0-9_-]{20,600}|GOCSPX-[A-Za-z0-9_-]{20,40}|1\/\/0[A-Za-z0-9_-]{40,200}/,
    ),
    examples: [`⟦ya29.${sample(80)}⟧`, `client ⟦GOCSPX-${sample(28)}⟧`],
    counterExamples: ['ya29. expired', '1//0'],
  },
  {
    id: 'gcp-private-key-id',
    reason: 'Key id of a Google service-account file; the key itself is masked as a private key.',
    keywords: ['private_key_id'],
    pattern: /(?<head>private_key_id\\{0,8}["']?\s{0,8}[:=]\s{0,8}\\{0,8}["']?)[a-f0-9]{40}/g,
    examples: [`{"type":"service_account","private_key_id":"⟦${sample(40, HEX)}⟧"}`],
    counterExamples: ['"private_key_id": null'],
  },
  {
    id: 'azure-client-secret',
    reason: 'Microsoft Entra application secret: three characters, a digit, Q~.',
    keywords: DIGIT_HEADS.map((digit) => `${digit}q~`),
    pattern: /(?<![A-Za-z0-9_~.-])[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,40}/g,
    examples: [`entra ⟦Ab18Q~${sample(34)}⟧`],
    counterExamples: ['8Q~'],
  },
  {
    id: 'azure-storage-key',
    reason: 'Azure Storage, Service Bus, Event Hubs and Cosmos account keys.',
    keywords: ['accountkey', 'sharedaccesskey'],
    pattern: /(?<head>(?:AccountKey|SharedAccessKey)\s{0,8}=\s{0,8})[A-Za-z0-9+/]{20,200}={0,2}/gi,
    examples: [`AccountName=logs;AccountKey=⟦${sample(86)}==⟧;EndpointSuffix=core.windows.net`],
    counterExamples: ['AccountKey is missing', 'SharedAccessKeyName=Root'],
  },
  {
    id: 'azure-devops-token',
    reason: 'Azure DevOps personal access token (84 characters, AZDO at 76).',
    keywords: ['azdo'],
    pattern: fenced(/[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}/),
    examples: [`⟦${sample(76)}AZDO${sample(4)}⟧`],
    counterExamples: ['AZDO pipeline started'],
  },
  {
    id: 'digitalocean-token',
    reason: 'DigitalOcean personal, OAuth and refresh tokens.',
    keywords: ['dop_v1_', 'doo_v1_', 'dor_v1_'],
    pattern: /do[opr]_v1_[a-f0-9]{64}/g,
    examples: [`⟦dop_v1_${sample(64, HEX)}⟧`],
    counterExamples: ['dop_v1_'],
  },
  {
    id: 'cloudflare-token',
    reason: 'Cloudflare API token or global key near the name; origin CA key; prefixed tokens.',
    keywords: ['cloudflare', 'cf_api', 'v1.0-', 'cfk_', 'cfut_', 'cfat_'],
    pattern:
      /(?<head>(?:cloudflare|cf_api)[\w .-]{0,30}["']?\s{0,4}[:=]\s{0,4}["']?)[A-Za-z0-9_-]{37,40}(?![A-Za-z0-9_-])|v1\.0-[a-f0-9]{24}-[a-f0-9]{146}|cf(?:k|ut|at)_[A-Za-z0-9]{40,80}/gi,
    examples: [
      `CLOUDFLARE_KEY: ⟦${sample(37, HEX)}⟧`,
      `⟦v1.0-${sample(24, HEX)}-${sample(146, HEX)}⟧`,
    ],
    counterExamples: ['cloudflare: 520 from origin', 'v1.0-beta'],
  },
  {
    id: 'databricks-token',
    reason: 'Databricks personal access token.',
    keywords: ['dapi'],
    pattern: fenced(/dapi[a-f0-9]{32}(?:-\d{1,2})?/),
    examples: [`⟦dapi${sample(32, HEX)}-2⟧`],
    counterExamples: ['dapi endpoint', 'grandapid'],
  },
  {
    id: 'vault-token',
    reason: 'HashiCorp Vault service, batch and recovery tokens; Terraform Cloud token.',
    keywords: ['hvs.', 'hvb.', 'hvr.', '.atlasv1.'],
    pattern: fenced(
      /hv[sbr]\.[A-Za-z0-9_-]{24,300}|[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{60,80}/,
    ),
    examples: [`⟦hvs.${sample(90)}⟧`, `⟦${sample(14)}.atlasv1.${sample(67)}⟧`],
    counterExamples: ['hvs. unsealed'],
  },
  {
    id: 'grafana-token',
    reason: 'Grafana service-account and cloud tokens.',
    keywords: ['glsa_', 'glc_'],
    pattern: /glsa_[A-Za-z0-9]{32}_[a-f0-9]{8}|glc_[A-Za-z0-9+/]{32,400}={0,2}/gi,
    examples: [`⟦glsa_${sample(32)}_${sample(8, HEX)}⟧`],
    counterExamples: ['glc_version'],
  },
  {
    id: 'database-platform-token',
    reason: 'Supabase, PlanetScale, Neon and Prisma access tokens.',
    keywords: ['sbp_', 'sb_secret_', 'pscale_', 'napi_'],
    pattern: fenced(
      /sbp_[a-f0-9]{40}|sb_secret_[A-Za-z0-9_-]{20,60}|pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{32,64}|napi_[a-z0-9]{40,80}/,
    ),
    examples: [
      `⟦sbp_${sample(40, HEX)}⟧`,
      `⟦sb_secret_${sample(31)}⟧`,
      `⟦pscale_tkn_${sample(43)}⟧`,
    ],
    counterExamples: ['sb_secret_key', 'napi_create_function failed', 'napi_get_value_string_utf8'],
  },
  {
    id: 'platform-token',
    reason: 'Netlify, New Relic, Doppler, Fly.io and Pulumi tokens.',
    keywords: ['nfp_', 'nrak-', 'dp.pt.', 'dp.st.', 'fo1_', 'fm2_', 'pul-'],
    pattern: fenced(
      /nfp_[A-Za-z0-9]{36,60}|NRAK-[A-Z0-9]{27}|dp\.(?:pt|st)\.[A-Za-z0-9._-]{40,80}|fo1_[A-Za-z0-9_-]{43}|fm2_[A-Za-z0-9+/]{100,800}={0,2}|pul-[a-f0-9]{40}/,
    ),
    examples: [`⟦nfp_${sample(40)}⟧`, `⟦dp.pt.${sample(43)}⟧`, `⟦pul-${sample(40, HEX)}⟧`],
    counterExamples: ['pul-request', 'dp.pt.missing'],
  },
]);
