// The interface as stock grpc-js sees it: .proto files loaded at run time, no generated code, nothing of the server's own.
// 64-bit integers are decimal strings on the wire's edge and BigInt in between; no amount ever becomes a floating point number.
'use strict';

const path = require('node:path');
const crypto = require('node:crypto');
const grpc = require('@grpc/grpc-js');
const protoLoader = require('@grpc/proto-loader');

const PROTO_ROOT = path.resolve(__dirname, '../../../proto');
const OWN_ROOT = path.resolve(__dirname, '../proto');
const LOADING = { keepCase: true, longs: String, enums: String, defaults: true, oneofs: true };

const SERVICE_FILES = ['directory', 'program', 'project', 'ledger', 'audit'].map(
  (name) => `oriundo/v1/${name}_service.proto`,
);

function load(files, includeDirs) {
  return grpc.loadPackageDefinition(protoLoader.loadSync(files, { ...LOADING, includeDirs }));
}

const oriundo = load(SERVICE_FILES, [PROTO_ROOT]).oriundo.v1;
const health = load(['health.proto'], [OWN_ROOT]).grpc.health.v1;
const reflection = load(['reflection.proto'], [OWN_ROOT]).grpc.reflection.v1alpha;

const rpc = load(['google/rpc/status.proto'], [PROTO_ROOT]).google.rpc;
const DETAILS = {
  'google.rpc.ErrorInfo': rpc.ErrorInfo,
  'google.rpc.BadRequest': rpc.BadRequest,
  'google.rpc.PreconditionFailure': rpc.PreconditionFailure,
  'google.rpc.RetryInfo': rpc.RetryInfo,
};

// What a failed call said, taken apart.
class CallError extends Error {
  constructor(error) {
    super(error.details || error.message);
    // The gRPC code's name, for example `FAILED_PRECONDITION`.
    this.code = grpc.status[error.code];
    // From ErrorInfo.
    this.reason = undefined;
    this.domain = undefined;
    this.metadata = {};
    // From BadRequest: {field, description}.
    this.fields = [];
    // From PreconditionFailure: {type, subject, description}.
    this.violations = [];
    // The type names of all details, in order.
    this.detailTypes = [];
    const [trailer] = error.metadata ? error.metadata.get('grpc-status-details-bin') : [];
    if (trailer) this.#read(trailer, error.code);
  }

  #read(trailer, code) {
    const status = rpc.Status.deserialize(trailer);
    if (status.code !== code) throw new Error(`grpc-status ${code} but ${status.code} in its details`);
    for (const any of status.details) {
      const name = any.type_url.replace(/^type\.googleapis\.com\//, '');
      this.detailTypes.push(name);
      const detail = DETAILS[name].deserialize(any.value);
      if (name === 'google.rpc.ErrorInfo')
        Object.assign(this, { reason: detail.reason, domain: detail.domain, metadata: detail.metadata });
      if (name === 'google.rpc.BadRequest') this.fields = detail.field_violations;
      if (name === 'google.rpc.PreconditionFailure') this.violations = detail.violations;
    }
  }
}

const DEADLINE_MS = 30_000;

// All methods of a service as functions of the request: a promise of the response, or of all messages of a stream.
function promisify(stub, service, metadata) {
  const methods = {};
  for (const [name, definition] of Object.entries(service.service)) {
    const options = () => ({ deadline: Date.now() + DEADLINE_MS });
    methods[name] = (request = {}) =>
      new Promise((resolve, reject) => {
        const fail = (error) => reject(new CallError(error));
        if (!definition.responseStream) {
          stub[name](request, metadata, options(), (error, response) => (error ? fail(error) : resolve(response)));
          return;
        }
        const rows = [];
        const call = stub[name](request, metadata, options());
        call.on('data', (row) => rows.push(row));
        call.on('error', fail);
        call.on('end', () => resolve(rows));
      });
  }
  return methods;
}

// Clients of all services, for one caller after another: api.as('club-tekax/treasurer').ledger.DeclareContribution({...}).
class Api {
  constructor(address) {
    this.address = address;
    const credentials = grpc.credentials.createInsecure();
    this.stubs = {
      directory: [new oriundo.DirectoryService(address, credentials), oriundo.DirectoryService],
      program: [new oriundo.ProgramService(address, credentials), oriundo.ProgramService],
      project: [new oriundo.ProjectService(address, credentials), oriundo.ProjectService],
      ledger: [new oriundo.LedgerService(address, credentials), oriundo.LedgerService],
      audit: [new oriundo.AuditService(address, credentials), oriundo.AuditService],
      health: [new health.Health(address, credentials), health.Health],
    };
    this.reflection = new reflection.ServerReflection(address, credentials);
    this.callers = new Map();
  }

  // `who`: `organization/principal`, or nothing to send no metadata.
  as(who) {
    if (!this.callers.has(who)) {
      const metadata = new grpc.Metadata();
      if (who !== undefined) {
        const [organization, principal] = who.split('/');
        metadata.set('oriundo-organization', `organizations/${organization}`);
        if (principal) metadata.set('oriundo-principal', principal);
      }
      const services = Object.entries(this.stubs).map(([name, [stub, service]]) => [
        name,
        promisify(stub, service, metadata),
      ]);
      this.callers.set(who, Object.fromEntries(services));
    }
    return this.callers.get(who);
  }

  close() {
    for (const [stub] of Object.values(this.stubs)) stub.close();
    this.reflection.close();
  }
}

// A fresh request id.
const requestId = () => crypto.randomUUID();

module.exports = { Api, CallError, oriundo, requestId };
