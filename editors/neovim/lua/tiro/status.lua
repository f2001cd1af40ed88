--- What goes on, in a few words: for a status line and the bar of the chat.

local M = {}

local frames = { '⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏' }
local frame = 1
local timer ---@type uv.uv_timer_t?

--- What a session is about, for a person.
---@param session tiro.Session
---@param briefly? boolean without the model
---@return string
function M.of(session, briefly)
  if session.state == 'starting' then
    return 'tiro starts'
  elseif session.state == 'ended' then
    return 'tiro is not running'
  end
  local waiting = #session.approvals
  local changes = require('tiro.review').count(session)
  local words = {}
  if waiting > 0 then
    table.insert(words, waiting == 1 and '1 question' or waiting .. ' questions')
  end
  if changes > 0 then
    table.insert(words, changes == 1 and '1 change' or changes .. ' changes')
  end
  local name = session.model and not briefly and ('tiro %s'):format(session.model) or 'tiro'
  if session.running and waiting == 0 then
    name = frames[frame] .. ' ' .. name
  end
  if #words > 0 then
    name = name .. ': ' .. table.concat(words, ', ')
  end
  return name
end

--- For a status line: the session of the current buffer, nothing without one.
---@return string
function M.text()
  local session = require('tiro.session').current()
  -- A status line takes `%` as its own.
  return session and (M.of(session):gsub('%%', '%%%%')) or ''
end

--- For the bar of the chat; Neovim makes its window the current one meanwhile.
---@return string
function M.bar()
  local session = require('tiro.session').current()
  if not session then
    return ''
  end
  local words = M.of(session)
  local tokens = session.tokens and ('%d tokens'):format(session.tokens.total_tokens) or ''
  -- What there is no room for is left out: half of a number would say something wrong.
  local room = vim.api.nvim_win_get_width(0) - 2
  if vim.api.nvim_strwidth(words .. '  ' .. tokens) > room then
    tokens = ''
  end
  if vim.api.nvim_strwidth(words) > room then
    words = M.of(session, true)
  end
  return (' ' .. words:gsub('%%', '%%%%') .. '%<%=' .. tokens .. ' ')
end

---@return boolean whether a task runs that waits for nobody
local function is_busy()
  for _, session in ipairs(require('tiro.session').all()) do
    if session.running and #session.approvals == 0 then
      return true
    end
  end
  return false
end

local function stop()
  if timer then
    timer:stop()
    timer:close()
    timer = nil
  end
end

--- Draws anew, and turns the spinner as long as there is something to wait for.
function M.update()
  if is_busy() then
    if not timer then
      timer = assert(vim.uv.new_timer())
      timer:start(
        100,
        100,
        vim.schedule_wrap(function()
          if not is_busy() then
            stop()
          end
          frame = frame % #frames + 1
          vim.cmd.redrawstatus({ bang = true })
        end)
      )
    end
  else
    stop()
  end
  vim.cmd.redrawstatus({ bang = true })
end

--- Whether the spinner turns.
---@return boolean
function M.is_turning()
  return timer ~= nil
end

return M
