--- The Markdown of the chat: how it is highlighted, and a plan as a list.

local M = {}

--- The highlights of Markdown without the lines that they hide. To hide lines Neovim
--- parses all of a text before it moves the cursor, which an answer does with every
--- piece; what is to be hidden in a chat has marks, see tiro.chat.fold.
---@return string
local function query()
  local text = {}
  for _, file in ipairs(vim.treesitter.query.get_files('markdown', 'highlights')) do
    vim.list_extend(text, vim.fn.readfile(file))
  end
  return (table.concat(text, '\n'):gsub('%(#set! conceal_lines ""%)', ''))
end

--- With treesitter, or without it where its parser is missing.
---@param buffer integer
function M.highlight(buffer)
  local ok = pcall(function()
    local parser = assert(vim.treesitter.get_parser(buffer, 'markdown'))
    vim.treesitter.highlighter.new(parser, { queries = { markdown = query() } })
  end)
  if not ok then
    vim.bo[buffer].syntax = 'markdown'
  end
end

--- Where code begins and ends.
---@param lines string[]
---@return integer[] rows of the fences, 1-based
---@return string? open the fence of code that does not end
function M.fences(lines)
  local rows, open = {}, nil
  for row, line in ipairs(lines) do
    local fence = line:match('^%s?%s?%s?(```+)') or line:match('^%s?%s?%s?(~~~+)')
    if fence and not open then
      open = fence
      table.insert(rows, row)
    elseif fence and fence:sub(1, #open) == open and line:match('^%s*[`~]+%s*$') then
      open = nil
      table.insert(rows, row)
    end
  end
  return rows, open
end

local marks = { completed = '[x]', in_progress = '[-]', pending = '[ ]' }

---@param plan tiro.PlanItem[]
---@return string[]
function M.plan(plan)
  return vim.tbl_map(function(item)
    return ('- %s %s'):format(marks[item.status] or '[ ]', (item.step:gsub('%s+', ' ')))
  end, plan)
end

return M
