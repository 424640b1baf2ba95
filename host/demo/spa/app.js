// The customer's page: uploads plans, shows what becomes of them, and carries the telemetry beacon.
const config = JSON.parse(document.getElementById('config').textContent);
const byId = (id) => document.getElementById(id);
const wanted = new URLSearchParams(location.search).get('tenant');
const tenant = config.tenants.find((t) => t.slug === wanted) ?? config.tenants[0];

// The two lines any page needs; a page whose console is away goes on without it.
const beacon = await import(`${config.console}/beacon/loader.js`)
  .then((b) => b.start({ url: `${config.console}/api/ops/frontend-log?k=${tenant.key}`, wasm: `${config.console}/beacon/core.wasm`, build: config.build }))
  .catch(() => undefined);

for (const t of config.tenants) byId('tenant').add(new Option(t.name, t.slug, false, t === tenant));
byId('tenant').onchange = (e) => { location.search = `?tenant=${e.target.value}`; };
byId('user').textContent = tenant.user;

const api = (path, init) => fetch(`/api/${tenant.slug}/${path}`, init).then(async (r) => {
  if (!r.ok) throw new Error(await r.text());
  return r.json();
});
const say = (text) => { byId('said').textContent = text; };
const told = new Set(JSON.parse(sessionStorage.getItem('told') ?? '[]'));

const states = {
  sent: () => ['', 'Waiting to be read'],
  working: (s) => ['', s.attempt > 1 ? `Being read, attempt ${s.attempt}` : 'Being read'],
  in_trouble: (s) => ['bad', `We could not read this plan yet: ${s.title}. Our support team has been told.`],
  done: (s) => ['good', done(s.result)],
  refused: (s) => ['bad', s.reason],
};
const done = (result) => {
  const rooms = result?.outcome?.rooms;
  return typeof rooms === 'number' ? `Ready: ${rooms} rooms found` : 'Ready';
};

function item(title, [tone, words], at) {
  const li = document.createElement('li');
  const head = document.createElement('span');
  const state = document.createElement('span');
  const time = document.createElement('time');
  head.textContent = title;
  state.textContent = words;
  state.className = `state ${tone}`;
  time.textContent = new Date(at).toLocaleTimeString();
  li.append(head, state, time);
  return li;
}

function report(plan) {
  const key = `${plan.id} ${plan.state.code}`;
  if (plan.state.is !== 'in_trouble' || told.has(key)) return;
  told.add(key);
  sessionStorage.setItem('told', JSON.stringify([...told].slice(-100)));
  beacon?.correlate?.(plan.id);
  console.error(new Error(`Plan upload failed: ${plan.state.code}`));
}

async function refresh() {
  try {
    const [plans, tickets] = await Promise.all([api('plans'), api('tickets')]);
    byId('plans').replaceChildren(...plans.map((p) => item(p.file, states[p.state.is](p.state), p.at_ms)));
    byId('tickets').replaceChildren(...tickets.map((t) => item(t.subject, t.summary ? ['good', t.summary] : ['', 'Being looked at'], t.at_ms)));
    plans.forEach(report);
  } catch {
    say('The connection is gone; trying again.');
  }
  setTimeout(refresh, 1000);
}

async function sending(work, words) {
  say(words);
  try {
    await work();
    say('Sent.');
  } catch (error) {
    say(error.message);
  }
}

byId('upload').onsubmit = (event) => {
  event.preventDefault();
  sending(() => api('plans', { method: 'POST', body: new FormData(event.target) }).then(() => event.target.reset()), 'Uploading…');
};
for (const button of document.querySelectorAll('[data-sample]')) {
  button.onclick = () => sending(() => api(`samples/${button.dataset.sample}`, { method: 'POST' }), 'Drawing and uploading…');
}
byId('ticket').onsubmit = (event) => {
  event.preventDefault();
  const { subject, note } = Object.fromEntries(new FormData(event.target));
  sending(() => api('tickets', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ subject, note }) }).then(() => event.target.reset()), 'Sending…');
};

function consented({ until_ms: until }) {
  const button = byId('consent-button');
  byId('consent').textContent = until
    ? `Support may read what you wrote in private until ${new Date(until).toLocaleString()}.`
    : 'Support does not see what you wrote to facilities in private. You can let them, for a day.';
  button.textContent = until ? 'Withdraw' : 'Let support read it for a day';
  button.hidden = false;
  button.onclick = () => sending(() => api('consent', { method: until ? 'DELETE' : 'POST' }).then(consented), 'Telling support…');
}
api('consent').then(consented, () => say('The connection is gone; load the page again.'));
refresh();
