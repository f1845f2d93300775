# needs: node
cat >a.js <<'J'
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');
const crypto = require('crypto'), zlib = require('zlib');
if (isMainThread) {
  const shared = new SharedArrayBuffer(8), results = [];
  let left = 4;
  for (let i = 0; i < 4; i++) {
    const w = new Worker(__filename, { workerData: { i, shared } });
    w.on('message', m => results.push(m));
    w.on('exit', () => { if (--left === 0) { console.log(results.sort().join('\n'), new Int32Array(shared)[0]);
      zlib.gzip(Buffer.alloc(500000, 'seldom'), (e, b) => console.log(e, zlib.gunzipSync(b).length)); } });
  }
} else {
  let hash = 'x';
  for (let k = 0; k < 2000; k++) { hash = crypto.createHash('sha256').update(hash + workerData.i).digest('hex'); Atomics.add(new Int32Array(workerData.shared), 0, 1); }
  parentPort.postMessage(workerData.i + ' ' + hash);
}
J
$SEANCE node a.js
