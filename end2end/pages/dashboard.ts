// The dashboard: its four figures.

import type { Locator } from '@playwright/test';
import { Frame } from './frame.ts';

export class Dashboard extends Frame {
  async visit() {
    await this.open('/', 'Dashboard');
  }

  /** A figure is a link to the rows behind it. */
  figure(name: string): Locator {
    return this.page.getByRole('main').getByRole('link').filter({ has: this.page.getByRole('heading', { name }) });
  }

  async count(name: string): Promise<number> {
    const words = await this.figure(name).innerText();
    const number = words.replace(name, '').match(/[\d,]+/)?.[0] ?? '';
    return Number(number.replaceAll(',', ''));
  }
}
