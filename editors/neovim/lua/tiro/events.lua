--- What the events of the server mean: they change what is known of a session and
--- are handed to the views. Nothing here draws.

local M = {}

---@class tiro.Approval
---@field kind 'exec'|'patch'|'message'
---@field id string the id that an answer names
---@field command? string[]
---@field cwd? string
---@field reason? string
---@field permissions? any[]
---@field unsandboxed? boolean
---@field grant_root? string
---@field files? string[] absolute paths
---@field actions? { title: string }[] the answers to a message
---@field choice? string the title that was chosen
---@field done? fun() called when the question waits no longer

---@class tiro.Proposal
---@field id string
---@field open boolean
---@field files tiro.ProposalFile[]

---@class tiro.ProposalFile
---@field path string
---@field move_path? string
---@field kind 'add'|'delete'|'update'
---@field hunks tiro.Hunk[]

---@class tiro.Hunk
---@field id string
---@field orig_index integer 1-based line
---@field deleted_lines string[]
---@field inserted_lines string[]
---@field state 'pending'|'accepted'|'rejected'|'conflict'
---@field current_lines? string[]
---@field reason? string

---@class tiro.PlanItem
---@field step string
---@field status 'pending'|'in_progress'|'completed'

--- JSON's null is no value.
---@generic T
---@param value T
---@return T?
local function some(value)
  if value ~= vim.NIL then
    return value
  end
end

---@param session tiro.Session
---@param approval tiro.Approval
local function ask(session, approval)
  table.insert(session.approvals, approval)
  require('tiro.approvals').changed(session)
end

--- What was asked has an answer.
---@param session tiro.Session
---@param id? string of the approval; all of them when absent
function M.answered(session, id)
  local waiting, gone = {}, {}
  for _, approval in ipairs(session.approvals) do
    local is_gone = id == nil or approval.id == id
    table.insert(is_gone and gone or waiting, approval)
  end
  session.approvals = waiting
  for _, approval in ipairs(gone) do
    if approval.done then
      approval.done()
    end
  end
  if #gone > 0 then
    require('tiro.approvals').changed(session)
  end
end

--- A question of the server that is none of its events: `window/showMessageRequest`.
--- Waits for the answer, so it is called in a coroutine, as Neovim does.
---@param session tiro.Session
---@param params lsp.ShowMessageRequestParams
---@return any the action that was chosen, or null
function M.question(session, params)
  local running = assert(coroutine.running())
  session.sent = session.sent + 1
  local approval = {
    kind = 'message',
    id = 'message-' .. session.sent,
    reason = params.message,
    actions = params.actions or {},
  }
  approval.done = function()
    vim.schedule(function()
      coroutine.resume(running)
    end)
  end
  ask(session, approval)
  coroutine.yield()
  for _, action in ipairs(approval.actions) do
    if action.title == approval.choice then
      return action
    end
  end
  return vim.NIL
end

---@type table<string, fun(session: tiro.Session, params: table)>
local on = {}

function on.sessionConfigured(session, params)
  session.model = params.model
  session.provider = some(params.provider)
  if session.broken then
    return session:configured()
  end
  session.session_id = some(params.session_id)
end

on['error'] = function(session)
  -- It cannot go on without a model; the error says why.
  if session.broken and not next(session.waiting) then
    session:flush()
  end
end

function on.taskStarted(session)
  session.running = true
  session.plan = {}
end

function on.taskComplete(session)
  session.running = false
  M.answered(session)
end

function on.execApprovalRequest(session, params)
  ask(session, {
    kind = 'exec',
    id = some(params.call_id) or params.id,
    command = params.command,
    cwd = params.cwd,
    reason = some(params.reason),
    permissions = some(params.permissions) or {},
    unsandboxed = some(params.unsandboxed) or false,
  })
end

function on.applyPatchApprovalRequest(session, params)
  local files = vim.tbl_keys(params.changes)
  table.sort(files)
  ask(session, {
    kind = 'patch',
    id = some(params.call_id) or params.id,
    files = files,
    reason = some(params.reason),
    grant_root = some(params.grant_root),
  })
end

function on.execCommandBegin(session, params)
  M.answered(session, params.call_id)
  -- What was asked before a command ran is settled when it runs.
  for _, approval in ipairs(session.approvals) do
    if approval.kind == 'message' then
      M.answered(session, approval.id)
    end
  end
end

function on.patchApplyBegin(session, params)
  M.answered(session, params.call_id)
end

function on.patchApplyEnd(session, params)
  M.answered(session, params.call_id)
end

function on.proposalUpdated(session, params)
  local proposal = params.proposal
  session.proposals[proposal.id] = proposal.open and proposal or nil
  session.reviewed = proposal
  if not proposal.open then
    M.answered(session, proposal.id)
  end
  require('tiro.review').changed(session)
end

function on.planUpdate(session, params)
  session.plan = params.plan
end

function on.turnDiff(session, params)
  session.diff = params.unified_diff
end

function on.tokenCount(session, params)
  session.tokens = params
end

--- Events after which a status line says something else.
local shown = {
  sessionConfigured = true,
  taskStarted = true,
  taskComplete = true,
  execApprovalRequest = true,
  applyPatchApprovalRequest = true,
  execCommandBegin = true,
  execCommandEnd = true,
  patchApplyEnd = true,
  proposalUpdated = true,
  tokenCount = true,
}

---@param session tiro.Session
---@param name string
---@param params table
function M.apply(session, name, params)
  local change = on[name]
  if change then
    change(session, params)
  end
  require('tiro.chat.talk').on_event(session, name, params)
  if shown[name] then
    session:changed()
    vim.api.nvim_exec_autocmds('User', {
      pattern = 'TiroEvent',
      modeline = false,
      data = { root = session.root, event = name, params = params },
    })
  end
end

--- The server is gone, and with it all that it knew.
---@param session tiro.Session
function M.ended(session)
  M.answered(session)
  session.proposals = {}
  require('tiro.review').changed(session)
  require('tiro.chat.talk').ended(session)
end

return M
