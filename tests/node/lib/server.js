// A server of its own for each test file: oriundod on a fresh folder and a port that the system chooses.
'use strict';

const assert = require('node:assert/strict');
const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');

const START_MS = 30_000;

class Server {
  // An empty ledger in a new folder, served.
  static async start() {
    const server = new Server();
    assert.ok(process.env.ORIUNDOD, 'ORIUNDOD must name the server to test, for example build/bin/oriundod');
    server.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oriundo-node-'));
    server.data = path.join(server.folder, 'ledger');
    const init = spawnSync(
      process.env.ORIUNDOD,
      ['init', '--data', server.data, '--origin', 'node.test.example/ledger'],
      { encoding: 'utf8' },
    );
    assert.equal(init.status, 0, `oriundod init: ${init.stderr}${init.error ?? ''}`);
    await server.serve();
    return server;
  }

  // Serves the folder; the address is then in `address`.
  async serve() {
    const portFile = path.join(this.folder, 'port');
    fs.rmSync(portFile, { force: true });
    this.log = '';
    this.child = spawn(process.env.ORIUNDOD, [
      'serve',
      '--data',
      this.data,
      '--listen',
      '127.0.0.1:0',
      '--port-file',
      portFile,
    ]);
    for (const stream of [this.child.stdout, this.child.stderr]) stream.on('data', (text) => (this.log += text));
    this.exit = new Promise((resolve) => this.child.on('exit', (code, signal) => resolve({ code, signal })));
    for (const deadline = Date.now() + START_MS; ; await sleep(20)) {
      const port = fs.existsSync(portFile) ? fs.readFileSync(portFile, 'utf8').trim() : '';
      if (port !== '') {
        this.address = `127.0.0.1:${port}`;
        return;
      }
      assert.ok(this.child.exitCode === null && Date.now() < deadline, `oriundod did not start:\n${this.log}`);
    }
  }

  // Asks the server to stop as an operator would; it must drain and exit with 0.
  async stop() {
    this.child.kill('SIGTERM');
    const { code, signal } = await this.exit;
    assert.equal(code, 0, `oriundod ended with code ${code}, signal ${signal}:\n${this.log}`);
  }

  // The stopped ledger, rebuilt from its journal and compared byte for byte.
  check() {
    const program = path.join(path.dirname(process.env.ORIUNDOD), 'oriundo-fsck');
    const result = spawnSync(program, ['--data', this.data], { encoding: 'utf8' });
    assert.equal(result.status, 0, `oriundo-fsck: ${result.stdout}${result.stderr}${result.error ?? ''}`);
  }

  remove() {
    if (this.child.exitCode === null) this.child.kill('SIGKILL');
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

module.exports = { Server };
