import type { MaskRule } from '../rule.ts';
import { hasDigit } from '../validators.ts';
import { credentials, fenced } from './fence.ts';
import { sample } from './sample.ts';

/** Keys of model providers and of the search and tool services assistants call. */
export const ASSISTANT_RULES: readonly MaskRule[] = credentials([
  {
    id: 'anthropic-key',
    reason: 'Anthropic API, admin and OAuth keys.',
    keywords: ['sk-ant-'],
    pattern: /sk-ant-[A-Za-z0-9]{2,12}-[A-Za-z0-9_-]{20,200}/g,
    examples: [`claude ⟦sk-ant-api03-${sample(93)}AA⟧`],
    counterExamples: ['sk-ant-… is missing'],
  },
  {
    id: 'openai-key',
    reason:
      'OpenAI project, service and user keys; DeepSeek, OpenRouter and others share the form.',
    keywords: ['sk-'],
    pattern: fenced(/sk-(?!ant-)(?:[a-z]{2,10}-){0,2}(?:v1-)?[A-Za-z0-9_-]{32,240}/),
    accepts: ({ value }) => hasDigit(value) && /[A-Z]|[a-z0-9]{32}/.test(value),
    examples: [
      `⟦sk-proj-${sample(120)}⟧`,
      `⟦sk-${sample(20)}T3BlbkFJ${sample(20)}⟧`,
      `⟦sk-or-v1-${sample(64, /[0-9a-f]/)}⟧`,
    ],
    counterExamples: [
      'sk-learn 1.5',
      'task-sk-runner-with-a-very-long-descriptive-name',
      'disk-usage-of-the-archive-partition-is-high-again',
    ],
  },
  {
    id: 'huggingface-token',
    reason: 'Hugging Face user and organisation tokens.',
    keywords: ['hf_', 'api_org_'],
    pattern: fenced(
      /(?:hf_|api_org_)[A-Za-z]{30,40}(?![A-Za-z0-9_])|hf_[A-Za-z0-9]{34,40}(?![A-Za-z0-9_])/,
    ),
    examples: [`hub ⟦hf_${sample(34, /[A-Za-z]/)}⟧`],
    counterExamples: ['hf_hub_download', 'hf_transfer enabled'],
  },
  {
    id: 'model-provider-key',
    reason: 'Groq, Perplexity, Replicate, xAI, Fireworks and Cerebras keys.',
    keywords: ['gsk_', 'pplx-', 'r8_', 'xai-', 'fw_', 'csk-'],
    pattern: fenced(
      /gsk_[A-Za-z0-9]{40,64}|pplx-[A-Za-z0-9]{40,64}|r8_[A-Za-z0-9]{37,40}|xai-[A-Za-z0-9]{60,100}|fw_[A-Za-z0-9]{22,30}(?![A-Za-z0-9_])|csk-[a-z0-9]{40,60}/,
    ),
    accepts: ({ value }) => hasDigit(value),
    examples: [
      `⟦gsk_${sample(52)}⟧`,
      `⟦pplx-${sample(48)}⟧`,
      `⟦r8_${sample(37)}⟧`,
      `⟦xai-${sample(80)}⟧`,
    ],
    counterExamples: ['xai-sdk 1.2', 'r8_shrinker', 'fw_version=3'],
  },
  {
    id: 'tool-service-key',
    reason: 'Tavily, Firecrawl, Brave Search, Context7, Langfuse, LangSmith, E2B and Apify keys.',
    keywords: ['tvly-', 'fc-', 'bsa', 'ctx7sk-', 'sk-lf-', 'lsv2_', 'e2b_', 'apify_api_'],
    pattern: fenced(
      /tvly-[A-Za-z0-9-]{20,60}|fc-[a-f0-9]{32}(?![A-Za-z0-9])|BSA[A-Za-z0-9_-]{27,28}(?![A-Za-z0-9_-])|ctx7sk-[A-Za-z0-9-]{20,60}|sk-lf-[a-f0-9-]{36}|lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}|e2b_[a-f0-9]{40}|apify_api_[A-Za-z0-9]{30,50}/,
    ),
    accepts: ({ value }) => hasDigit(value) || /[A-Z]/.test(value),
    examples: [
      `⟦tvly-dev-${sample(32)}⟧`,
      `⟦fc-${sample(32, /[0-9a-f]/)}⟧`,
      `brave ⟦BSA${sample(28)}⟧`,
      `⟦lsv2_pt_${sample(32, /[0-9a-f]/)}_${sample(10, /[0-9a-f]/)}⟧`,
    ],
    counterExamples: ['fc-list: 12 fonts', 'BSA', 'tvly-search'],
  },
]);
