// The audit timeline.

import { expect, type Locator } from '@playwright/test';
import { Frame } from './frame.ts';

export class Audit extends Frame {
  async visit(query = '') {
    await this.open(`/audit${query}`, 'Audit');
  }

  /** Entries with this title and this outcome. */
  entries(title: string, outcome: string): Locator {
    return this.page.getByRole('listitem').filter({ hasText: new RegExp(`${title}\\s+${outcome}`) });
  }

  async verify() {
    await this.page.getByRole('button', { name: 'Verify' }).click();
    await expect(this.page.getByRole('status').filter({ hasText: /Chain whole: [\d,]+ links/ })).toBeVisible();
    await expect(this.page.getByRole('status').filter({ hasText: 'just now' })).toBeVisible();
  }
}
