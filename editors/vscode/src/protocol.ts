// Generated from the Rust types by `tiro schema --typescript`; do not edit.

/**
 * One entry of the submission queue.
 */
export type Submission = { 
/**
 * Chosen by the client; the events that answer carry it.
 */
id: string, 
/**
 * What to do.
 */
op: Op, };

/**
 * What a client asks of the session.
 */
export type Op = { "ConfigureSession": { 
/**
 * Name of the model at its provider.
 */
model: string, 
/**
 * Said to the model before everything else.
 */
instructions: string | null, 
/**
 * When a person is asked.
 */
approval_policy: AskForApproval, 
/**
 * What commands may do.
 */
sandbox_policy: SandboxPolicy, 
/**
 * Keep nothing at the provider; send the transcript each time.
 */
disable_response_storage: boolean, } } | "Interrupt" | { "UserInput": { 
/**
 * What is said, in order.
 */
items: Array<InputItem>, } } | { "ExecApproval": { 
/**
 * The `id` or the `call_id` of the event that is answered.
 */
id: string, 
/**
 * The answer.
 */
decision: ReviewDecision, } } | { "PatchApproval": { 
/**
 * The `id` or the `call_id` of the event that is answered.
 */
id: string, 
/**
 * The answer.
 */
decision: ReviewDecision, } };

/**
 * One piece of what a person says.
 */
export type InputItem = { "Text": { 
/**
 * The words.
 */
text: string, } } | { "Image": { 
/**
 * A `data:` URI.
 */
image_url: string, } } | { "LocalImage": { 
/**
 * Where it is.
 */
path: string, } };

/**
 * When the agent asks before it acts. Written in kebab-case.
 */
export type AskForApproval = "UnlessAllowListed" | "AutoEdit" | "OnFailure" | "Never";

/**
 * A person's answer to an approval request. Written in snake_case.
 */
export type ReviewDecision = "Approved" | "ApprovedForSession" | "Denied" | "Abort";

/**
 * The permissions of a command. No permission is the default of the type;
 * an absent setting means [`SandboxPolicy::read_only`].
 */
export type SandboxPolicy = { 
/**
 * What is granted, in any order.
 */
permissions: Array<SandboxPermission>, };

/**
 * One thing a command may do. Written in kebab-case.
 */
export type SandboxPermission = "DiskFullReadAccess" | "DiskWritePlatformUserTempFolder" | "DiskWritePlatformGlobalTempFolder" | "DiskWriteCwd" | { "DiskWriteFolder": { 
/**
 * Absolute path of the folder.
 */
folder: string, } } | "DiskFullWriteAccess" | "NetworkFullAccess";

/**
 * One entry of the event queue.
 */
export type Event = { 
/**
 * Id of the submission that started the task this belongs to.
 */
id: string, 
/**
 * What happened.
 */
msg: EventMsg, };

/**
 * Something that happened. A client ignores a `type` it does not know.
 */
export type EventMsg = { "Error": { 
/**
 * For a person to read.
 */
message: string, } } | "TaskStarted" | "TaskComplete" | { "AgentMessage": { 
/**
 * Markdown.
 */
message: string, } } | { "AgentMessageDelta": { 
/**
 * The piece.
 */
delta: string, } } | { "AgentReasoningDelta": { 
/**
 * The piece.
 */
delta: string, } } | { "SessionConfigured": { 
/**
 * Name of the model at its provider.
 */
model: string, } } | { "ExecCommandBegin": { 
/**
 * Names this call in the events that follow.
 */
call_id: string, 
/**
 * Program and arguments.
 */
command: Array<string>, 
/**
 * Absolute path of its working directory.
 */
cwd: string, } } | { "ExecCommandOutputDelta": { 
/**
 * The call.
 */
call_id: string, 
/**
 * Where it wrote.
 */
stream: OutputStream, 
/**
 * What it wrote; bytes that are not UTF-8 are replaced.
 */
chunk: string, } } | { "ExecCommandEnd": { 
/**
 * The call.
 */
call_id: string, 
/**
 * Standard output: head and tail where it was long.
 */
stdout: string, 
/**
 * Standard error: head and tail where it was long.
 */
stderr: string, 
/**
 * 124 after a time-out, 128+n after signal n.
 */
exit_code: number, } } | { "ExecApprovalRequest": { 
/**
 * Names this request where several are pending.
 */
call_id: string | null, 
/**
 * Program and arguments.
 */
command: Array<string>, 
/**
 * Absolute path of its working directory.
 */
cwd: string, 
/**
 * Why it is asked.
 */
reason: string | null, } } | { "ApplyPatchApprovalRequest": { 
/**
 * Names this request where several are pending.
 */
call_id: string | null, 
/**
 * Absolute path to change.
 */
changes: { [key in string]: FileChange }, 
/**
 * Why it is asked.
 */
reason: string | null, 
/**
 * Approving also makes this folder writable for the session.
 */
grant_root: string | null, } } | { "BackgroundEvent": { 
/**
 * For a person to read.
 */
message: string, } } | { "PatchApplyBegin": { 
/**
 * Names this call in the event that follows.
 */
call_id: string, 
/**
 * Whether nobody was asked.
 */
auto_approved: boolean, 
/**
 * Absolute path to change.
 */
changes: { [key in string]: FileChange }, } } | { "PatchApplyEnd": { 
/**
 * The call.
 */
call_id: string, 
/**
 * What was done, a line a file.
 */
stdout: string, 
/**
 * What went wrong.
 */
stderr: string, 
/**
 * Whether all was done; otherwise nothing was.
 */
success: boolean, } } | { "TokenCount": TokenUsage } | { "TurnDiff": { 
/**
 * One diff over all files, with file headers.
 */
unified_diff: string, } } | { "PlanUpdate": { 
/**
 * Why it changed.
 */
explanation: string | null, 
/**
 * The steps, in order.
 */
plan: Array<PlanItem>, } };

/**
 * Where a command wrote.
 */
export type OutputStream = "Stdout" | "Stderr";

/**
 * Tokens, as the provider counts them.
 */
export type TokenUsage = { 
/**
 * Sent to the model.
 */
input_tokens: number, 
/**
 * Of these, read from the provider's cache.
 */
cached_input_tokens: number, 
/**
 * Written by the model.
 */
output_tokens: number, 
/**
 * Of these, reasoning.
 */
reasoning_output_tokens: number, 
/**
 * All together.
 */
total_tokens: number, };

/**
 * One step of a plan.
 */
export type PlanItem = { 
/**
 * What is done.
 */
step: string, 
/**
 * How far it is.
 */
status: PlanStatus, };

/**
 * How far a step is.
 */
export type PlanStatus = "Pending" | "InProgress" | "Completed";

/**
 * A change of one file; the path is the key of the map that holds it.
 */
export type FileChange = { "Add": { 
/**
 * Its whole text.
 */
content: string, } } | "Delete" | { "Update": { 
/**
 * The hunks, without file headers.
 */
unified_diff: string, 
/**
 * Absolute path it moves to.
 */
move_path: string | null, } };

/**
 * One hunk, in lines.
 */
export type Chunk = { 
/**
 * 1-based line of the first deleted line in the original text, or of the
 * line before which lines are inserted.
 */
orig_index: number, 
/**
 * Lines taken out, without line endings.
 */
deleted_lines: Array<string>, 
/**
 * Lines put in, without line endings.
 */
inserted_lines: Array<string>, };
