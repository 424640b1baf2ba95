// How the specs run: one Chromium, one spec after the other, against a console and a demo host that were started for
// them. Where those are is told by the environment (see fixtures/environment.ts). A build machine shared with others tries
// a spec that failed once more; both tries are in the report.

import { defineConfig } from '@playwright/test';
import { consoleUrl, chromium } from './fixtures/environment.ts';

export default defineConfig({
  testDir: 'specs',
  outputDir: 'test-results',
  workers: 1,
  retries: process.env.CI ? 1 : 0,
  forbidOnly: Boolean(process.env.CI),
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: 'list',
  use: {
    baseURL: consoleUrl,
    viewport: { width: 1280, height: 900 },
    locale: 'en-GB',
    timezoneId: 'UTC',
    actionTimeout: 10_000,
    navigationTimeout: 20_000,
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: chromium,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  // The story goes first: it enrols the first administrator of an empty console. What kills processes goes last.
  projects: [
    { name: 'story', testMatch: 'story.spec.ts' },
    { name: 'parts', testIgnore: ['story.spec.ts', 'resilience.spec.ts'] },
    { name: 'resilience', testMatch: 'resilience.spec.ts' },
  ],
});
