// The demo product as its customers see it.

import { expect, type Locator, type Page } from '@playwright/test';
import type { Customer } from '../fixtures/customers.ts';
import { demoUrl } from '../fixtures/environment.ts';

export class CustomerApp {
  constructor(readonly page: Page) {}

  async visit(customer: Customer) {
    await this.page.goto(`${demoUrl}/?tenant=${customer.slug}`);
    await expect(this.page.getByLabel('Signed in for')).toHaveValue(customer.slug);
  }

  plan(file: string): Locator {
    return this.page.getByRole('list', { name: 'Uploaded plans' }).getByRole('listitem').filter({ hasText: file });
  }

  ticket(subject: string): Locator {
    return this.page.getByRole('list', { name: 'Your tickets' }).getByRole('listitem').filter({ hasText: subject });
  }

  /** Uploads a file; answers the id of its command. */
  async upload(path: string): Promise<string> {
    const id = await this.tryToUpload(path);
    if (!id) throw new Error(`${path} was not taken.`);
    return id;
  }

  /** Uploads a file; answers the id of its command unless the product had to say no. */
  async tryToUpload(path: string): Promise<string | undefined> {
    const answer = this.page.waitForResponse((response) => response.url().endsWith('/plans') && response.request().method() === 'POST');
    await this.page.getByLabel('Upload a floor plan (PDF)').setInputFiles(path);
    await this.page.getByRole('button', { name: 'Upload', exact: true }).click();
    const response = await answer;
    return response.ok() ? ((await response.json()) as { id: string }).id : undefined;
  }

  /** Asks facilities; answers the id of the command. */
  async ask(subject: string): Promise<string> {
    const answer = this.page.waitForResponse((response) => response.url().endsWith('/tickets') && response.request().method() === 'POST');
    await this.page.getByLabel('What is wrong?').fill(subject);
    await this.page.getByRole('button', { name: 'Send' }).click();
    return ((await (await answer).json()) as { id: string }).id;
  }
}
