% const error = errors[name]
<p class="field">
  <label for="{{name}}">{{label}}</label>
% if error:
  <strong id="{{name}}-error" role="alert">{{error}}</strong>
% end
% const attributes = error ? `aria-invalid="true" aria-describedby="${name}-error"` : ''
% if rows > 1:
  <textarea id="{{name}}" name="{{name}}" rows="{{rows}}" {{!attributes}}>
{{draft[name]}}</textarea>
% else:
  <input id="{{name}}" name="{{name}}" value="{{draft[name]}}" {{!attributes}}>
% end
</p>
