/**
 * The scripting bridge: what a host of objects and a program that scripts them import. Objects cross here as
 * `NPObject`s; the interfaces themselves are in `postern/generated/npapi`.
 */

export { NPObject, type NPObjectImpl, NPVariant, ScriptError, ScriptErrorArm } from "../../generated/npapi.ts";
export { AsyncCalls, type AsyncCallsOptions } from "./async-calls.ts";
export { type AudioHost, type AudioOutput, AudioState } from "./audio.ts";
export type { DeviceHost } from "./device.ts";
export type { Device2DHost, Picture } from "./device-2d.ts";
export { type CommandRing, type Device3DHost, Device3DState } from "./device-3d.ts";
export { RemoteError } from "./exceptions.ts";
export { revoke } from "./exported-object.ts";
export type { Fetch, Fetched } from "./fetches.ts";
export { type HostedInstance, openInstance, type PluginElement } from "./instance.ts";
export { createNavigator, type Navigator, type NavigatorHost } from "./navigator.ts";
export { type ExportOptions, exportObject, type ImportOptions, importObject, importObjectSync } from "./objects.ts";
export { AsyncCallQuestions, postByAsyncCall } from "./old-route.ts";
export { allOf, everything, type Operation, only, type Policy, readOnly } from "./policy.ts";
export { get, has, invoke, invokeSync, isRemote, keys, post, remove, set } from "./remote.ts";
export type { Arrived, Pending, RemoteObject } from "./remote-object.ts";
export { answeringLater } from "./results-later.ts";
