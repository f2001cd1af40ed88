--- The keys of the chat's own buffer.

local M = {}

---@param chat tiro.Chat
function M.set(chat)
  local session = chat.session
  local function map(keys, act, desc)
    vim.keymap.set('n', keys, act, { buffer = chat.buffer, desc = 'Tiro: ' .. desc })
  end
  local function decide(decision)
    return function()
      require('tiro.approvals').decide(session, decision)
    end
  end
  map('a', decide('approved'), 'allow what is asked')
  map('A', decide('approved_for_session'), 'allow it for the session')
  map('d', decide('denied'), 'do not allow it')
  map('i', function()
    require('tiro.chat').open(session)
    vim.cmd.startinsert()
  end, 'write')
  map('<C-c>', function()
    require('tiro.command').stop(session)
  end, 'end the task')
  map('q', function()
    require('tiro.chat').close(session)
  end, 'close the chat')
  map(']]', function()
    vim.fn.search('^## ', 'W')
  end, 'next heading')
  map('[[', function()
    vim.fn.search('^## ', 'bW')
  end, 'heading before')
end

return M
