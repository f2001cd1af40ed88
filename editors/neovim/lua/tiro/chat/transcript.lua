--- The text of a chat: blocks of Markdown in a buffer that only this file writes.
--- Text that streams in is collected and written at most every 30 ms; each block
--- has a mark where its next piece goes, so several can grow at once.

local fold = require('tiro.chat.fold')

local namespace = vim.api.nvim_create_namespace('tiro.transcript')

--- Time between two writes, and before the rest of one that is too much at once.
local PAUSE, SOON = 30, 5

--- Lines that are written at once, so that Neovim can do something else in between.
local AT_ONCE = 100

---@class tiro.Block
---@field head integer mark on the first line of what may be cut
---@field tail integer mark where the next piece goes
---@field most? integer lines that are kept
---@field cut integer lines that were taken out

---@class tiro.Transcript
---@field buffer integer
---@field pending table<tiro.Block, string[]>
---@field order tiro.Block[] those of `pending`, in the order of their first piece
---@field timer? uv.uv_timer_t
local Transcript = {}
Transcript.__index = Transcript

---@param buffer integer
---@return tiro.Transcript
function Transcript.new(buffer)
  return setmetatable({ buffer = buffer, pending = {}, order = {} }, Transcript)
end

---@return boolean
function Transcript:is_there()
  return vim.api.nvim_buf_is_valid(self.buffer)
end

--- Writes, and keeps windows at the end that were there.
---@param write fun()
function Transcript:change(write)
  local buffer = self.buffer
  local last = vim.api.nvim_buf_line_count(buffer)
  local followers = {}
  for _, window in ipairs(vim.fn.win_findbuf(buffer)) do
    if vim.api.nvim_win_get_cursor(window)[1] >= last then
      table.insert(followers, window)
    end
  end
  vim.bo[buffer].modifiable = true
  local ok, problem = pcall(write)
  vim.bo[buffer].modifiable = false
  vim.bo[buffer].modified = false
  last = vim.api.nvim_buf_line_count(buffer)
  for _, window in ipairs(followers) do
    vim.api.nvim_win_set_cursor(window, { last, 0 })
  end
  if not ok then
    error(problem, 0)
  end
end

---@param row integer
---@param column integer
---@param right boolean whether what is put there comes before the mark
---@return integer
function Transcript:mark(row, column, right)
  return vim.api.nvim_buf_set_extmark(self.buffer, namespace, row, column, { right_gravity = right })
end

---@param mark integer
---@param row integer
---@param column integer
---@param right boolean
function Transcript:move(mark, row, column, right)
  vim.api.nvim_buf_set_extmark(self.buffer, namespace, row, column, { id = mark, right_gravity = right })
end

---@param mark integer
---@return integer row
---@return integer column
function Transcript:at(mark)
  local at = vim.api.nvim_buf_get_extmark_by_id(self.buffer, namespace, mark, {})
  return at[1], at[2]
end

--- Adds lines at the end, after an empty one.
---@param lines string[]
---@return integer row of the first
function Transcript:append(lines)
  self:flush()
  local row
  self:change(function()
    local buffer = self.buffer
    local count = vim.api.nvim_buf_line_count(buffer)
    local is_empty = count == 1 and vim.api.nvim_buf_get_lines(buffer, 0, 1, true)[1] == ''
    row = is_empty and 0 or count + 1
    fold.write(buffer, row, lines, function()
      local all = is_empty and lines or vim.list_extend({ '' }, lines)
      vim.api.nvim_buf_set_lines(buffer, is_empty and 0 or count, count, true, all)
    end)
  end)
  return row
end

--- Adds lines in which text grows: at the end of the one with this index.
---@param lines string[]
---@param grows integer 1-based
---@param most? integer lines that are kept of what grows
---@return tiro.Block
function Transcript:open(lines, grows, most)
  local row = self:append(lines) + grows - 1
  return {
    head = self:mark(row, 0, false),
    tail = self:mark(row, #lines[grows], true),
    most = most,
    cut = 0,
  }
end

--- More text for a block, soon.
---@param block tiro.Block
---@param text string
function Transcript:grow(block, text)
  local pieces = self.pending[block]
  if not pieces then
    pieces = {}
    self.pending[block] = pieces
    table.insert(self.order, block)
  end
  pieces[#pieces + 1] = text
  self:write_in(PAUSE)
end

---@param milliseconds integer
function Transcript:write_in(milliseconds)
  if self.timer then
    return
  end
  self.timer = assert(vim.uv.new_timer())
  self.timer:start(
    milliseconds,
    0,
    vim.schedule_wrap(function()
      self:write(AT_ONCE)
    end)
  )
end

--- The last lines of a text.
---@param lines string[]
---@param most integer
---@return string[]
---@return integer left out
local function last(lines, most)
  if #lines <= most then
    return lines, 0
  end
  return vim.list_slice(lines, #lines - most + 1), #lines - most
end

---@param block tiro.Block
---@param text string
function Transcript:put(block, text)
  local lines = vim.split(text, '\n', { plain = true })
  if block.most then
    local before
    lines, before = last(lines, block.most)
    if before > 0 then
      -- The line that grew is one of those that are left out.
      local from, row = self:at(block.head), self:at(block.tail)
      block.cut = block.cut + before + (row - from)
      vim.api.nvim_buf_set_lines(self.buffer, from, row + 1, true, { '' })
      self:reset(block, from)
    end
  end
  local row, column = self:at(block.tail)
  vim.api.nvim_buf_set_text(self.buffer, row, column, row, column, { lines[1] })
  if #lines > 1 then
    -- By themselves: where one line becomes three, Neovim 0.10 takes the first line
    -- out of the fold around them.
    local rest = vim.list_slice(lines, 2)
    vim.api.nvim_buf_set_lines(self.buffer, row + 1, row + 1, true, rest)
    self:move(block.tail, row + #rest, #rest[#rest], true)
  end
  if block.most then
    local from = self:at(block.head)
    local surplus = self:at(block.tail) - from + 1 - block.most
    -- Not for each line, as all the folds below move with it.
    if surplus > block.most / 4 then
      vim.api.nvim_buf_set_lines(self.buffer, from, from + surplus, true, {})
      block.cut = block.cut + surplus
    end
  end
end

--- Sets the marks of a block that is one empty line again.
---@param block tiro.Block
---@param row integer
function Transcript:reset(block, row)
  for mark, right in pairs({ [block.head] = false, [block.tail] = true }) do
    self:move(mark, row, 0, right)
  end
end

--- Where a text has had so many lines.
---@param text string
---@param most integer
---@return integer its length when it has not
local function after_lines(text, most)
  local at = 0
  for _ = 1, most do
    at = text:find('\n', at + 1, true)
    if not at then
      return #text
    end
  end
  return at
end

--- Writes what waits, the rest of more lines than `most` soon.
---@param most? integer all of it when absent
function Transcript:write(most)
  if self.timer then
    self.timer:stop()
    self.timer:close()
    self.timer = nil
  end
  local pending, order = self.pending, self.order
  self.pending, self.order = {}, {}
  if #order == 0 or not self:is_there() then
    return
  end
  self:change(function()
    for _, block in ipairs(order) do
      local text = table.concat(pending[block])
      local length = most and after_lines(text, most) or #text
      self:put(block, text:sub(1, length))
      if length < #text then
        self.pending[block] = { text:sub(length + 1) }
        table.insert(self.order, block)
      end
    end
  end)
  if #self.order > 0 then
    self:write_in(SOON)
  end
end

--- Writes all that waits.
function Transcript:flush()
  self:write()
end

--- The text of a block as it is now.
---@param block tiro.Block
---@return string[]
function Transcript:lines(block)
  self:flush()
  return vim.api.nvim_buf_get_lines(self.buffer, self:at(block.head), self:at(block.tail) + 1, true)
end

--- Takes everything out.
function Transcript:clear()
  self:flush()
  self:change(function()
    fold.clear(self.buffer)
    vim.api.nvim_buf_set_lines(self.buffer, 0, -1, true, {})
  end)
end

return Transcript
