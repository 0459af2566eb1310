import type { MaskRule } from '../rule.ts';
import { hasDigit } from '../validators.ts';
import { credentials, fenced } from './fence.ts';
import { HEX, sample } from './sample.ts';

/** Keys of payment and shop services, and of customer platforms. */
export const COMMERCE_RULES: readonly MaskRule[] = credentials([
  {
    id: 'stripe-key',
    reason: 'Stripe secret and restricted keys and webhook signing secret.',
    keywords: ['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_', 'whsec_'],
    pattern: /[sr]k_(?:live|test)_[A-Za-z0-9]{16,250}|whsec_[A-Za-z0-9+/=]{24,100}/g,
    examples: [`⟦sk_live_${sample(24)}⟧`, `hook ⟦whsec_${sample(32)}⟧`],
    counterExamples: ['pk_live_ keys are public', 'sk_test_mode'],
  },
  {
    id: 'shopify-token',
    reason: 'Shopify access, custom-app, partner, shared-secret and user tokens.',
    keywords: ['shpat_', 'shpca_', 'shppa_', 'shpss_', 'shpua_'],
    pattern: /shp(?:at|ca|pa|ss|ua)_[A-Fa-f0-9]{32}/g,
    examples: [`⟦shpat_${sample(32, HEX)}⟧`],
    counterExamples: ['shpat_'],
  },
  {
    id: 'square-token',
    reason: 'Square access token and application secret.',
    keywords: ['eaaa', 'sq0atp-', 'sq0csp-', 'sq0idp-'],
    pattern: fenced(
      /EAAA[A-Za-z0-9_-]{60}(?![A-Za-z0-9_-])|sq0(?:atp|csp|idp)-[A-Za-z0-9_-]{22,43}/,
    ),
    accepts: ({ value }) => hasDigit(value),
    examples: [`⟦EAAA${sample(60)}⟧`, `⟦sq0csp-${sample(43)}⟧`],
    counterExamples: ['sq0csp-', 'EAAA'],
  },
  {
    id: 'hubspot-token',
    reason: 'HubSpot private-app token.',
    keywords: ['pat-na', 'pat-eu', 'pat-ap'],
    pattern: fenced(/pat-(?:na|eu|ap)\d-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/),
    examples: [
      `⟦pat-na1-${sample(8, HEX)}-${sample(4, HEX)}-${sample(4, HEX)}-${sample(4, HEX)}-${sample(12, HEX)}⟧`,
    ],
    counterExamples: ['pat-na1'],
  },
  {
    id: 'dropbox-token',
    reason: 'Dropbox short-lived access token.',
    keywords: ['sl.'],
    pattern: fenced(/sl\.(?:u\.)?[A-Za-z0-9_-]{60,1500}/),
    accepts: ({ value }) => hasDigit(value),
    examples: [`⟦sl.${sample(130)}⟧`],
    counterExamples: ['ssl.enabled', 'sl.no'],
  },
]);
