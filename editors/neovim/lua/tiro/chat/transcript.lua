--- The text of a chat: blocks of Markdown in a buffer that only this file writes.
--- Text that streams in is collected and written at most every 30 ms, sixty lines
--- at once; what comes after more than that waits for it, in its order. Each block has
--- a mark where its next piece goes, so several can grow at once.

local fold = require('tiro.chat.fold')

local namespace = vim.api.nvim_create_namespace('tiro.transcript')

--- Time between two writes, and before the rest of one that is too much at once.
local PAUSE, SOON = 30, 5

--- Lines that are written at once, so that Neovim can do something else in between.
local AT_ONCE = 60

---@class tiro.Block
---@field head integer mark on the first line of what may be cut
---@field tail integer mark where the next piece goes
---@field most? integer lines that are kept
---@field cut integer lines that were taken out

---@class tiro.Transcript
---@field buffer integer
---@field pending table<tiro.Block, string[]>
---@field order tiro.Block[] those of `pending`, in the order of their first piece
---@field waiting integer lines of `pending`
---@field queue table<integer, fun()> what comes after them, from `first` on
---@field first integer
---@field last integer
---@field timer? uv.uv_timer_t
local Transcript = {}
Transcript.__index = Transcript

---@param buffer integer
---@return tiro.Transcript
function Transcript.new(buffer)
  return setmetatable(
    { buffer = buffer, pending = {}, order = {}, waiting = 0, queue = {}, first = 1, last = 0 },
    Transcript
  )
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
  self:write()
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

---@param text string
---@return integer how many lines end in it
local function count(text)
  return select(2, text:gsub('\n', '\n'))
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
  self:wait_for(block, text)
  self:write_in(PAUSE)
end

--- Counts the lines of a text that is not written yet.
---@param block tiro.Block
---@param text string
function Transcript:wait_for(block, text)
  local lines = count(text)
  self.waiting = self.waiting + math.min(lines, block.most or lines)
end

---@return boolean
function Transcript:has_queue()
  return self.first <= self.last
end

---@return boolean whether more waits than is written at once
function Transcript:is_behind()
  return self.waiting > AT_ONCE or self:has_queue()
end

--- Calls back when all that came before is written, or is little: now, or soon.
---@param use fun()
function Transcript:after(use)
  if not self:is_behind() then
    return use()
  end
  self.last = self.last + 1
  self.queue[self.last] = use
end

--- Like `after`, but before all that is in the queue: what goes on with its first.
---@param use fun()
function Transcript:next(use)
  if self.waiting <= AT_ONCE then
    return use()
  end
  self.first = self.first - 1
  self.queue[self.first] = use
end

--- Does what came after a text that is written, up to one that is too much again: that
--- is written in its time, and then this goes on.
function Transcript:go_on()
  while self:has_queue() and self.waiting <= AT_ONCE do
    local use = self.queue[self.first]
    self.queue[self.first] = nil
    self.first = self.first + 1
    local ok, problem = pcall(use)
    if not ok then
      vim.schedule(function()
        error(problem, 0)
      end)
    end
  end
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
      self:go_on()
    end)
  )
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

--- What a block keeps of more text. Of so much that nothing of before is kept, that
--- is taken out.
---@param block tiro.Block
---@param text string
---@return string
function Transcript:kept(block, text)
  local surplus = block.most and count(text) + 1 - block.most or 0
  if surplus <= 0 then
    return text
  end
  -- The line that grew is one of those that are left out.
  local from, row = self:at(block.head), self:at(block.tail)
  block.cut = block.cut + surplus + (row - from)
  vim.api.nvim_buf_set_lines(self.buffer, from, row + 1, true, { '' })
  self:reset(block, from)
  return text:sub(after_lines(text, surplus) + 1)
end

---@param block tiro.Block
---@param text string
function Transcript:put(block, text)
  local lines = vim.split(text, '\n', { plain = true })
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

--- Writes what waits, the rest of more lines than `most` soon.
---@param most? integer all of it when absent
function Transcript:write(most)
  if self.timer then
    self.timer:stop()
    self.timer:close()
    self.timer = nil
  end
  local pending, order = self:take()
  if #order == 0 or not self:is_there() then
    return
  end
  self:change(function()
    for _, block in ipairs(order) do
      local text = self:kept(block, table.concat(pending[block]))
      local length = most and after_lines(text, most) or #text
      self:put(block, text:sub(1, length))
      if length < #text then
        local rest = text:sub(length + 1)
        self.pending[block] = { rest }
        table.insert(self.order, block)
        self:wait_for(block, rest)
      end
    end
  end)
  if #self.order > 0 then
    self:write_in(SOON)
  end
end

--- What waits, which is forgotten.
---@return table<tiro.Block, string[]>
---@return tiro.Block[]
function Transcript:take()
  local pending, order = self.pending, self.order
  self.pending, self.order, self.waiting = {}, {}, 0
  return pending, order
end

--- Writes all that waits, and what comes after it.
function Transcript:flush()
  self:write()
  while self:has_queue() do
    self:go_on()
    self:write()
  end
end

--- The text of a block as it is now.
---@param block tiro.Block
---@return string[]
function Transcript:lines(block)
  self:write()
  return vim.api.nvim_buf_get_lines(self.buffer, self:at(block.head), self:at(block.tail) + 1, true)
end

--- Takes out the empty lines at the end of a block, which keeps one line.
---@param block tiro.Block
---@return string[] what is left
function Transcript:trim(block)
  local lines = self:lines(block)
  local kept = #lines
  while kept > 1 and lines[kept] == '' do
    kept = kept - 1
  end
  if kept < #lines then
    local from = self:at(block.head)
    self:change(function()
      vim.api.nvim_buf_set_lines(self.buffer, from + kept, from + #lines, true, {})
      self:move(block.tail, from + kept - 1, #lines[kept], true)
    end)
  end
  return vim.list_slice(lines, 1, kept)
end

--- Takes everything out, and forgets what waits.
function Transcript:clear()
  self:take()
  self.queue, self.first, self.last = {}, 1, 0
  self:change(function()
    fold.clear(self.buffer)
    vim.api.nvim_buf_set_lines(self.buffer, 0, -1, true, {})
  end)
end

return Transcript
