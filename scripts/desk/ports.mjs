/** Whether a port can be had, said before anything is started. */
import { connect, createServer } from 'node:net';
import { SettingError } from '../environment.mjs';

/** Throws a sentence when this port cannot be had. */
export async function claimPort(variable, port, host) {
  // A listener on all addresses is not in the way of our bind on every system, so we knock first.
  if (await answers(port, host)) throw taken(variable, port);
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => {
      if (error.code === 'EADDRINUSE') reject(taken(variable, port));
      else if (error.code === 'EACCES') {
        reject(new SettingError(`This user may not open port ${port}. ${howToChoose(variable)}`, 1));
      } else reject(new SettingError(`Port ${port} on ${host} cannot be opened: ${error.message}`, 1));
    });
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve()));
  });
}

function taken(variable, port) {
  return new SettingError(`Port ${port} is taken by another program. ${howToChoose(variable)}`, 1);
}

function howToChoose(variable) {
  const other = variable === 'PORT' ? 1881 : 8182;
  return `Choose another: ${variable}=${other} npm start   (PowerShell: $env:${variable}=${other}; npm start), or 0 for any free one.`;
}

function answers(port, host) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host });
    const end = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
