// Runs stuck at the same step: found by it, and started again from it together, with more memory.

import { FABRIKAM, sendSample } from '../fixtures/customers.ts';
import { Desk } from '../fixtures/desk.ts';
import { newcomer } from '../fixtures/staff.ts';
import { expect, test } from '../fixtures/test.ts';
import { Operation, Queue } from '../pages/operations.ts';
import { Command } from '../pages/troubleshooting.ts';

test.setTimeout(180_000);

const STEP = 'wall_detection';

test('two dense plans fail in the same step; what the steps before left is used again for both', async ({ browser }) => {
  const plans = await Promise.all([sendSample(FABRIKAM, 'heavy'), sendSample(FABRIKAM, 'heavy')]);
  const desk = await Desk.open(browser);
  const staff = await newcomer(desk, 'Annie Easley', 'support');
  const [queue, command, operation] = [new Queue(desk), new Command(desk), new Operation(desk)];
  for (const plan of plans) {
    await command.visit(plan, 'IngestPlan');
    await command.waits(90_000);
  }
  await desk.page.getByRole('link', { name: 'See its run, step by step' }).click();
  await desk.page.getByRole('link', { name: `All runs stuck at ${STEP}` }).click();
  await queue.ready('Troubleshooting');
  await expect(queue.line()).toHaveValue(`step:${STEP}`);
  await queue.visit(`?tenant=fabrikam&find=step:${STEP}`);
  for (const plan of plans) await expect(queue.row(plan)).toBeVisible();
  await queue.line().fill('step:');
  await expect(desk.page.getByRole('option', { name: `step:${STEP}` })).toBeVisible();
  await desk.page.keyboard.press('Escape');

  await queue.startSession(FABRIKAM, 'SUP-880', 'Their dense plans run out of memory');
  await queue.raise(staff);
  await queue.visit(`?tenant=fabrikam&find=step:${STEP}`);
  await desk.page.getByRole('button', { name: /^Reprocess all that fit…/ }).click();
  const dialog = await queue.opened('Reprocess all that fit');
  await expect(dialog.root).toContainText(/[2-9] commands fit/);
  await expect(dialog.field(/^From step/)).toHaveValue(STEP);
  desk.watch.expect(/status of 422.*start-bulk-reprocess/, 'there is no such step');
  await dialog.field(/^From step/).fill('wall_detectoin');
  await dialog.button('Rehearse').click();
  await expect(dialog.root).toContainText(`Did you mean “${STEP}”?`);
  await dialog.field(/^From step/).fill(STEP);
  await dialog.root.getByRole('group', { name: 'Usual amounts' }).getByRole('button', { name: '1G' }).click();
  await dialog.field(/^Failure limit/).fill('100');
  await dialog.rehearse();
  await expect(dialog.root).toContainText('Outputs of pdf_upload, text_extraction are used again.');
  await expect(dialog.root).toContainText(`${STEP}, room_detection, bim_generation run again.`);
  await expect(dialog.root).toContainText(`--from-step ${STEP} --memory 1G`);
  await dialog.button('Start').click();
  await expect(dialog.root).toContainText('Done.');
  await dialog.root.getByRole('link', { name: 'Follow it' }).click();
  await operation.ready(/^Reprocess \d commands$/);
  await operation.stands('Finished', 90_000);
  for (const plan of plans) {
    await command.visit(plan, 'IngestPlan');
    await expect(desk.page.getByRole('main')).toContainText('Completed');
  }
  desk.verify();
  await desk.close();
});
