/** What `npm start` prints on stdout once everything answers: a block for people and one line for programs. */

/**
 * @typedef {{editor: string, webhook: string, dashboard: string, simulator: string, account: string, pid: number,
 *   simulated: boolean, publicWebhook?: string, udf?: string, api?: string, apiToken?: string,
 *   secret?: string, secretFile?: string}} Desk exactly one of secret and secretFile is there; apiToken is where the token stands
 */

/** @param {Desk} desk */
export function announcement(desk) {
  return `${peopleBlock(desk)}\n${readyLine(desk)}\n`;
}

/** @param {Desk} desk */
export function readyLine({ editor, webhook, secret, secretFile, simulator, udf, api, pid }) {
  // The order is part of the promise. JSON leaves out what is undefined.
  return JSON.stringify({ ready: true, editor, webhook, secret, secretFile, simulator, udf, api, pid });
}

/** @param {Desk} desk */
function peopleBlock(desk) {
  const money = desk.simulated
    ? `SIMULATED market and SIMULATED money (paper account ${desk.account}). No order leaves this machine.`
    : 'An enabled account trades at Tradier: its orders leave this machine. The simulator runs beside it (SIMULATED).';
  return `
  node-red-trader is running
  ${money}

    Editor      ${desk.editor}
    Dashboard   ${desk.dashboard}
    Webhook     ${desk.webhook}
${publicLine(desk)}${udfLine(desk)}${apiLine(desk)}    Simulator   ${desk.simulator}/v1   (SIMULATED; what really happened there: ${desk.simulator}/_sim/truth)
${desk.secretFile === undefined ? '' : `    Secret      is in ${desk.secretFile}\n`}
  Send a TradingView alert that buys 10 AAPL. Paste into another terminal:

${curlLine(desk)}

  The same for PowerShell:

${powerShellLine(desk)}

  Pasted again within 60 s it is accepted, and refused by the risk check as a duplicate order; the answer's "signal"
  tells why: GET <webhook>/signals/<signal> with "Authorization: Bearer <secret>". The dashboard shows it too.

  Stop with Ctrl-C. Positions and orders are kept; npm start -- --fresh begins a new paper account.
`;
}

function publicLine({ publicWebhook }) {
  if (publicWebhook === undefined) return '';
  return `    Public port ${publicWebhook}   (the webhook alone: point your proxy or tunnel here)\n`;
}

function udfLine({ udf }) {
  return udf === undefined ? '' : `    Charts      ${udf}   (TradingView's UDF)\n`;
}

function apiLine({ api, apiToken }) {
  if (api === undefined) return '';
  return `    Programs    ${api}/api/v1/docs   (HTTP, and the WebSocket /stream; the token is in ${apiToken})\n`;
}

/**
 * One line for bash and zsh, also of macOS; the id is made by the shell that runs it.
 * @param {{webhook: string, secret?: string, secretFile?: string}} desk
 */
export function curlLine({ webhook, secret, secretFile }) {
  const secretText = secretFile === undefined ? secret : `'"$(cat ${quoted(secretFile)})"'`;
  const body =
    `'{"id":"try-'"$(date +%s)-$RANDOM"'","secret":"${secretText}","ticker":"AAPL","action":"buy","contracts":10,` +
    `"timestamp":"'"$(date -u +%Y-%m-%dT%H:%M:%SZ)"'"}'`;
  return `curl -sS -w '\\n' ${webhook} -H 'Content-Type: application/json' -d ${body}`;
}

/** @param {{webhook: string, secret?: string, secretFile?: string}} desk */
export function powerShellLine({ webhook, secret, secretFile }) {
  const secretText =
    secretFile === undefined
      ? `'${secret}'`
      : `(Get-Content -Raw '${secretFile.replaceAll("'", "''")}').Trim()`;
  return (
    `Invoke-RestMethod -Method Post -Uri '${webhook}' -ContentType 'application/json' -Body (@{id="try-$([guid]::NewGuid())";` +
    `secret=${secretText};ticker='AAPL';action='buy';contracts=10;timestamp=[DateTime]::UtcNow.ToString('s')+'Z'} | ConvertTo-Json)`
  );
}

function quoted(file) {
  return `'${file.replaceAll("'", "'\\''")}'`;
}
