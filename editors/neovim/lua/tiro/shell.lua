--- A command as a person reads it.

local M = {}

---@param arguments string[]
---@return string
function M.line(arguments)
  -- `bash -lc SCRIPT` is how commands are run; the script says more.
  if #arguments == 3 and arguments[2]:match('^%-l?c$') then
    return arguments[3]
  end
  return table.concat(
    vim.tbl_map(function(argument)
      return argument:match('^[%w%-_./=:@%%+,]+$') and argument or vim.fn.shellescape(argument)
    end, arguments),
    ' '
  )
end

return M
