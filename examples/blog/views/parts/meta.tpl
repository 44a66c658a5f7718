<p class="meta"><time datetime="{{post.created.replace(' ', 'T')}}Z">{{post.created.slice(0, 10)}}</time> ·
  {{post.comments === 0 ? 'no comments' : post.comments === 1 ? 'one comment' : `${post.comments} comments`}}</p>
