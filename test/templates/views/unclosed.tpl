one
% if x:
