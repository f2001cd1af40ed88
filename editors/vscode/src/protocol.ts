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
export type Op = { "type": "configure_session", 
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
disable_response_storage: boolean, } | { "type": "interrupt" } | { "type": "user_input", 
/**
 * What is said, in order.
 */
items: Array<InputItem>, } | { "type": "exec_approval", 
/**
 * The `id` or the `call_id` of the event that is answered.
 */
id: string, 
/**
 * The answer.
 */
decision: ReviewDecision, } | { "type": "patch_approval", 
/**
 * The `id` or the `call_id` of the event that is answered.
 */
id: string, 
/**
 * The answer.
 */
decision: ReviewDecision, 
/**
 * What of the patch is approved; all of it when absent. With an answer
 * that approves nothing it is an error.
 */
selection?: PatchSelection | null, } | { "type": "proposal", 
/**
 * The one that is asked for; all that are open when absent.
 */
proposal?: string | null, } | { "type": "accept_hunk", 
/**
 * Id of the proposal.
 */
proposal: string, 
/**
 * Id of the hunk.
 */
hunk: string, } | { "type": "reject_hunk", 
/**
 * Id of the proposal.
 */
proposal: string, 
/**
 * Id of the hunk.
 */
hunk: string, } | { "type": "decide_hunks", 
/**
 * What is accepted: ids of hunks by the id of their proposal.
 */
accept?: { [key in string]: Array<string> }, 
/**
 * What is rejected, likewise.
 */
reject?: { [key in string]: Array<string> }, } | { "type": "list_grants" } | { "type": "revoke_grant", 
/**
 * As it stands in the list.
 */
grant: Grant, } | { "type": "checkpoints" } | { "type": "restore", 
/**
 * The id from the list.
 */
checkpoint: string, 
/**
 * Only these files; absolute, or relative to the first workspace folder.
 */
paths?: Array<string> | null, } | { "type": "list_sessions" } | { "type": "resume_session", 
/**
 * The id from the list, or this session's own.
 */
session: string, 
/**
 * Only the first so many of its turns, each of which is a task with all
 * that was said in it; all when absent.
 */
turns?: number | null, };

/**
 * One piece of what a person says.
 */
export type InputItem = { "type": "text", 
/**
 * The words.
 */
text: string, } | { "type": "image", 
/**
 * A `data:` URI.
 */
image_url: string, } | { "type": "local_image", 
/**
 * Where it is.
 */
path: string, };

/**
 * When the agent asks before it acts. Written in kebab-case.
 */
export type AskForApproval = "unless-allow-listed" | "auto-edit" | "on-failure" | "never";

/**
 * A person's answer to an approval request. Written in snake_case.
 */
export type ReviewDecision = "approved" | "approved_for_session" | "denied" | "abort";

/**
 * What of a patch is approved, where that is not all of it.
 */
export type PatchSelection = { 
/**
 * Ids of the hunks that are taken; all that are not rejected when absent.
 */
approve?: Array<string> | null, 
/**
 * Ids of the hunks that are not taken.
 */
reject: Array<string>, 
/**
 * For a path of the proposal the whole text that it gets instead of the
 * proposed one.
 */
amend: { [key in string]: string }, };

/**
 * Something that a person has allowed for the rest of the session.
 */
export type Grant = { "type": "command", 
/**
 * Program and arguments.
 */
command: Array<string>, 
/**
 * Absolute path.
 */
cwd: string, 
/**
 * Whether it runs without the sandbox.
 */
unsandboxed: boolean, } | { "type": "folder", 
/**
 * Absolute path.
 */
path: string, } | { "type": "file", 
/**
 * Absolute path.
 */
path: string, } | { "type": "network" } | { "type": "read" };

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
export type SandboxPermission = "disk-full-read-access" | "disk-write-platform-user-temp-folder" | "disk-write-platform-global-temp-folder" | "disk-write-cwd" | { "disk-write-folder": { 
/**
 * Absolute path of the folder.
 */
folder: string, } } | "disk-full-write-access" | "network-full-access";

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
export type EventMsg = { "type": "error", 
/**
 * For a person to read.
 */
message: string, } | { "type": "task_started" } | { "type": "task_complete" } | { "type": "agent_message", 
/**
 * Markdown.
 */
message: string, } | { "type": "agent_message_delta", 
/**
 * The piece.
 */
delta: string, } | { "type": "agent_reasoning_delta", 
/**
 * The piece.
 */
delta: string, } | { "type": "session_configured", 
/**
 * Name of the model at its provider.
 */
model: string, 
/**
 * Name of the provider.
 */
provider?: string | null, 
/**
 * Under which it can be resumed; none where nothing is kept of it.
 */
session_id?: string | null, } | { "type": "exec_command_begin", 
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
cwd: string, } | { "type": "exec_command_output_delta", 
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
chunk: string, } | { "type": "exec_command_end", 
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
exit_code: number, 
/**
 * What the sandbox stopped, and by which rule.
 */
denial?: string | null, } | { "type": "exec_approval_request", 
/**
 * Names this request where several are pending.
 */
call_id?: string | null, 
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
reason?: string | null, 
/**
 * What it is to be allowed beyond what an approved command may do, as
 * the sandbox stopped it; `approved_for_session` allows every later
 * command just that. Omitted: nothing more.
 */
permissions?: Array<SandboxPermission>, 
/**
 * It is to run without any sandbox; `approved_for_session` holds for this
 * very command in this very directory. Omitted: it is not.
 */
unsandboxed?: boolean, } | { "type": "apply_patch_approval_request", 
/**
 * Names this request where several are pending.
 */
call_id?: string | null, 
/**
 * Absolute path to change.
 */
changes: { [key in string]: FileChange }, 
/**
 * Why it is asked.
 */
reason?: string | null, 
/**
 * Approving also makes this folder writable for the session.
 */
grant_root?: string | null, } | { "type": "background_event", 
/**
 * For a person to read.
 */
message: string, } | { "type": "patch_apply_begin", 
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
changes: { [key in string]: FileChange }, } | { "type": "patch_apply_end", 
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
success: boolean, } | { "type": "token_count" } & TokenUsage | { "type": "turn_diff", 
/**
 * One diff over all files, with file headers.
 */
unified_diff: string, } | { "type": "plan_update", 
/**
 * Why it changed.
 */
explanation?: string | null, 
/**
 * The steps, in order.
 */
plan: Array<PlanItem>, } | { "type": "grant_list", 
/**
 * Oldest first.
 */
grants: Array<Grant>, } | { "type": "proposal_list", 
/**
 * Oldest first.
 */
proposals: Array<Proposal>, } | { "type": "proposal_updated", 
/**
 * As it is now.
 */
proposal: Proposal, } | { "type": "checkpoint_list", 
/**
 * Oldest first; a task that changed nothing has none.
 */
checkpoints: Array<Checkpoint>, } | { "type": "restore_end", 
/**
 * The id that it went back to.
 */
checkpoint: string, 
/**
 * Files that are as they were.
 */
restored: Array<string>, 
/**
 * Files that are as they were, with what a person changed since.
 */
merged: Array<string>, 
/**
 * Files that were changed since in the same lines, or not kept: if
 * there is one, nothing was done.
 */
refused: Array<RefusedFile>, 
/**
 * Whether all was done; otherwise nothing was.
 */
success: boolean, } | { "type": "user_message", 
/**
 * Which turn it belongs to, from 1: to say it anew, resume the turns before.
 */
turn: number, 
/**
 * The words.
 */
message: string, 
/**
 * Pictures, as `data:` URIs.
 */
images?: Array<string>, 
/**
 * Pictures on disk.
 */
local_images?: Array<string>, } | { "type": "session_list", 
/**
 * Last used first.
 */
sessions: Array<SessionSummary>, } | { "type": "session_resumed", 
/**
 * The id under which it goes on: that of the `resume_session`, or a new
 * one where that session is held elsewhere or its file is damaged.
 */
session: string, 
/**
 * Name of the model that it was held with; the present one stays.
 */
model: string, 
/**
 * What was said and done in it, in order, with the ids of that time.
 */
events: Array<Event>, 
/**
 * How many later turns are left out, as only the first were asked for.
 */
cut?: number | null, };

/**
 * Where a command wrote.
 */
export type OutputStream = "stdout" | "stderr";

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
export type PlanStatus = "pending" | "in_progress" | "completed";

/**
 * A change of one file; the path is the key of the map that holds it.
 */
export type FileChange = { "add": { 
/**
 * Its whole text.
 */
content: string, } } | "delete" | { "update": { 
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

/**
 * A patch that waits for a person, or what is left of one. It follows what is
 * typed into the files.
 */
export type Proposal = { 
/**
 * The `call_id` of the call that made it.
 */
id: string, 
/**
 * Whether something of it can still be decided.
 */
open: boolean, 
/**
 * The files, by path.
 */
files: Array<ProposedFile>, };

/**
 * What a proposal does to one file.
 */
export type ProposedFile = { 
/**
 * Absolute.
 */
path: string, 
/**
 * Absolute path it moves to, unless all its hunks are rejected.
 */
move_path?: string | null, 
/**
 * What happens to the file.
 */
kind: ProposedKind, 
/**
 * Version of the open document that the lines are counted in; absent when
 * the file is not open.
 */
version?: number | null, 
/**
 * In the order of the text. A new file and one that goes away are one hunk;
 * so is a file that is only moved, without lines.
 */
hunks: Array<ProposedHunk>, };

/**
 * What happens to a file.
 */
export type ProposedKind = "add" | "delete" | "update";

/**
 * One place of a file, in lines, which is decided on by itself.
 */
export type ProposedHunk = { 
/**
 * Names it in this proposal, whatever is typed and decided.
 */
id: string, 
/**
 * 1-based line of the first deleted line in the text as it is now, or of
 * the line before which lines are inserted.
 */
orig_index: number, 
/**
 * Lines taken out, without line endings.
 */
deleted_lines: Array<string>, 
/**
 * Lines put in, without line endings.
 */
inserted_lines: Array<string>, 
/**
 * How far it is.
 */
state: HunkState, 
/**
 * In a conflict the lines that stand there now, without line endings.
 */
current_lines?: Array<string> | null, 
/**
 * In a conflict what does not fit.
 */
reason?: string | null, };

/**
 * How far a hunk is.
 */
export type HunkState = "pending" | "accepted" | "rejected" | "conflict";

/**
 * What the files that a task changed were before it.
 */
export type Checkpoint = { 
/**
 * Names it in a `restore`.
 */
id: string, 
/**
 * The first line of what the person said.
 */
title: string, 
/**
 * When the task began, in milliseconds since 1970.
 */
time: number, 
/**
 * By path.
 */
files: Array<CheckpointFile>, };

/**
 * A file that a task changed.
 */
export type CheckpointFile = { 
/**
 * Absolute.
 */
path: string, 
/**
 * From before the task to after it.
 */
change: CheckpointChange, 
/**
 * Whether what was there before can be restored.
 */
kept: boolean, };

/**
 * What a task did to a file.
 */
export type CheckpointChange = "added" | "deleted" | "modified";

/**
 * A file that keeps a restore from being done.
 */
export type RefusedFile = { 
/**
 * Absolute.
 */
path: string, 
/**
 * For a person to read.
 */
reason: string, };

/**
 * A session that can be resumed.
 */
export type SessionSummary = { 
/**
 * Names it in a `resume_session`.
 */
id: string, 
/**
 * The first words of the first input.
 */
title: string, 
/**
 * When it was used last, in milliseconds since 1970.
 */
time: number, 
/**
 * Name of the model that it was held with last.
 */
model: string, 
/**
 * How many tasks a person began in it.
 */
turns: number, };
