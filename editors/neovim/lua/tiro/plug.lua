--- What the <Plug> maps do: the command with the lines that are selected.

local M = {}

---@return integer first
---@return integer last
---@return boolean selected
local function lines()
  if vim.api.nvim_get_mode().mode:match('^[vV\22]') then
    local first, last = vim.fn.line('v'), vim.fn.line('.')
    vim.api.nvim_feedkeys(vim.keycode('<Esc>'), 'nx', false)
    return math.min(first, last), math.max(first, last), true
  end
  local row = vim.api.nvim_win_get_cursor(0)[1]
  return row, row, false
end

---@param words string[]
---@param range? boolean
local function run(words, range)
  local first, last, selected = lines()
  require('tiro.command').run({
    fargs = words,
    args = table.concat(words, ' '),
    bang = false,
    range = (range or selected) and 2 or 0,
    line1 = first,
    line2 = last,
  })
end

for _, name in ipairs({ 'chat', 'stop', 'approvals', 'next', 'previous', 'diff', 'accept', 'reject' }) do
  M[name] = function()
    run({ name })
  end
end

function M.ask()
  run({ 'ask' }, true)
end

return M
