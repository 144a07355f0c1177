// Signs our own example with the JavaScript libraries that wallets use, in every way they know:
//   node sign.mjs CONTEXTS EXAMPLE OUT
// run in a folder where the packages of bench/verify.py are installed. It made
// tests/openbadges/vectors/interop. Keys are made for the occasion and forgotten.
import fs from 'fs';
import jsigs from 'jsonld-signatures';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {cryptosuite as eddsaRdfc} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {createSignCryptosuite as eddsaJcs} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {cryptosuite as ecdsaRdfc} from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import * as ecdsaJcs from '@digitalbazaar/ecdsa-jcs-2019-cryptosuite';
import * as ecdsaSd from '@digitalbazaar/ecdsa-sd-2023-cryptosuite';

const [,, contextsFolder, exampleFile, out] = process.argv;
const rows = JSON.parse(fs.readFileSync(`${contextsFolder}/index.json`));
const contexts = new Map(rows.map(
  row => [row.url, JSON.parse(fs.readFileSync(`${contextsFolder}/${row.file}`))]));
const example = JSON.parse(fs.readFileSync(exampleFile));

async function documentLoader(url) {
  if(!contexts.has(url)) {
    throw new Error(`not at hand: ${url}`);
  }
  return {contextUrl: null, documentUrl: url, document: contexts.get(url)};
}

async function named(key) {
  const {publicKeyMultibase} = await key.export({publicKey: true});
  key.controller = `did:key:${publicKeyMultibase}`;
  key.id = `${key.controller}#${publicKeyMultibase}`;
  return key;
}

const p256 = await named(await EcdsaMultikey.generate({curve: 'P-256'}));
const p384 = await named(await EcdsaMultikey.generate({curve: 'P-384'}));
const ed25519 = await named(await Ed25519Multikey.generate());
const purpose = () => new jsigs.purposes.AssertionProofPurpose();
const write = (name, value) =>
  fs.writeFileSync(`${out}/${name}.json`, `${JSON.stringify(value, null, 1)}\n`);
const proof = (cryptosuite, key) => new DataIntegrityProof(
  {signer: key?.signer(), date: '2026-01-02T03:04:05Z', cryptosuite});

async function sign(name, cryptosuite, key, badge = example) {
  const document = {...structuredClone(badge), issuer: {...badge.issuer, id: key.controller}};
  const suite = proof(cryptosuite, key);
  const signed = await jsigs.sign(document, {suite, purpose: purpose(), documentLoader});
  write(name, signed);
  return signed;
}

const jcs = () => (ecdsaJcs.createSignCryptosuite ?? (() => ecdsaJcs.cryptosuite))();
await sign('eddsa-rdfc-2022', eddsaRdfc, ed25519);
await sign('eddsa-jcs-2022', eddsaJcs(), ed25519);
await sign('ecdsa-rdfc-2019-p256', ecdsaRdfc, p256);
await sign('ecdsa-rdfc-2019-p384', ecdsaRdfc, p384);
await sign('ecdsa-jcs-2019-p256', jcs(), p256);
await sign('ecdsa-jcs-2019-p384', jcs(), p384);

// Nodes that look alike, so that the hash by which they are numbered matters.
const alike = [0, 1, 2, 3].map(n => ({type: ['Evidence'], narrative: `${n}`}));
await sign('ecdsa-rdfc-2019-p384-blank', ecdsaRdfc, p384, {...example, evidence: alike});

const kept = [
  '/issuer', '/validFrom', '/validUntil', '/credentialSubject/id', '/type',
  '/credentialSubject/achievement/name', '/credentialSubject/achievement/alignment/1'
];
const shown = [
  '/credentialSubject/achievement/criteria',
  '/credentialSubject/achievement/alignment/0/targetName',
  '/issuer', '/credentialSubject/result/0', '/validFrom'
];
for(const [name, mandatoryPointers] of [['none', []], ['some', kept]]) {
  const suite = ecdsaSd.createSignCryptosuite({mandatoryPointers});
  const base = await sign(`ecdsa-sd-2023-base-${name}`, suite, p256);
  const disclose = ecdsaSd.createDiscloseCryptosuite({selectivePointers: shown});
  write(`ecdsa-sd-2023-derived-${name}`, await jsigs.derive(
    base, {suite: proof(disclose), purpose: purpose(), documentLoader}));
}
