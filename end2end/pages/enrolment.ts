// The pages on which somebody new chooses a password, adds an authenticator app and gets recovery codes.

import { expect, type Locator } from '@playwright/test';
import type { Desk } from '../fixtures/desk.ts';
import { Authenticator } from '../fixtures/totp.ts';
import { Frame } from './frame.ts';

export class Enrolment {
  constructor(private readonly desk: Desk) {}

  heading(name: string | RegExp): Locator {
    return this.desk.page.getByRole('heading', { level: 1, name });
  }

  refusal(): Locator {
    return this.desk.page.getByRole('alert');
  }

  async choosePassword(password: string, again = password) {
    const { page } = this.desk;
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByLabel('The same again').fill(again);
    await page.getByRole('button', { name: 'Continue' }).click();
  }

  /** Reads the secret as a person without a camera would. */
  async addApp(): Promise<Authenticator> {
    const { page } = this.desk;
    await expect(this.heading('Second factor')).toBeVisible();
    await expect(page.getByRole('img', { name: /QR code/ })).toBeVisible();
    return new Authenticator(await page.getByRole('textbox', { name: 'Or type this secret' }).innerText());
  }

  async enterCode(code: string) {
    await this.desk.page.getByLabel('Code', { exact: true }).fill(code);
    await this.desk.page.getByRole('button', { name: 'Continue' }).click();
  }

  async recoveryCodes(): Promise<string[]> {
    await expect(this.heading('Recovery codes')).toBeVisible();
    return this.desk.page.getByRole('main').getByRole('code').allInnerTexts();
  }

  /** From the link to the dashboard. */
  async toTheEnd(password: string): Promise<Authenticator> {
    await this.choosePassword(password);
    const app = await this.addApp();
    await this.enterCode(await app.fresh());
    await this.recoveryCodes();
    await this.desk.page.getByRole('link', { name: 'I have stored them' }).click();
    await new Frame(this.desk).ready('Dashboard');
    return app;
  }
}
