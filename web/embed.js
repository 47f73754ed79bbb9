// Writes assets.cc: the built files as bytes, by .incbin, and the table that names them.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const [from, to] = process.argv.slice(2);
const types = {
  html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml', json: 'application/json', webmanifest: 'application/manifest+json', woff2: 'font/woff2', png: 'image/png',
};

function* filesBelow(folder) {
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* filesBelow(path);
    else yield path;
  }
}

const assembly = [];
const declarations = [];
const rows = [];
let number = 0;

function embed(bytes, file) {
  const symbol = `spoor_asset_${number++}`;
  if (file !== undefined) writeFileSync(file, bytes);
  assembly.push(`.global ${symbol}`, `.hidden ${symbol}`, `${symbol}:`, `.incbin "${file}"`);
  declarations.push(`extern const char ${symbol}[];`);
  return `{${symbol}, ${bytes.length}}`;
}

for (const file of filesBelow(from)) {
  const bytes = readFileSync(file);
  const packed = gzipSync(bytes, { level: 9 });
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  const plain = embed(bytes, file);
  const gzip = packed.length < bytes.length ? embed(packed, join(to, `packed-${number}.gz`)) : '{}';
  const type = types[file.slice(file.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
  rows.push(`    {"${file.slice(from.length)}", "${type}", "\\"${hash}\\"", ${plain}, ${gzip}},`);
}

writeFileSync(join(to, 'assets.cc'), `// Made by web/embed.js.
#include <span>
#include "server/http/assets.h"
asm(R"(.pushsection .rodata
${assembly.join('\n')}
.popsection)");
extern "C" {
${declarations.join('\n')}
}
namespace spoor::server {
namespace {
const Asset kAssets[] = {
${rows.join('\n')}
};
}  // namespace
std::span<const Asset> embedded_assets();
std::span<const Asset> embedded_assets() { return kAssets; }
}  // namespace spoor::server
`);
