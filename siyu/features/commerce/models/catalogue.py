from django.db import models
from django.db.models import Q


class Product(models.Model):
    source = models.CharField(max_length=100)
    sku = models.CharField(max_length=100)
    title = models.CharField(max_length=300, blank=True)
    category = models.CharField(max_length=200, blank=True)
    department = models.CharField(max_length=200, blank=True)
    brand = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "sku"], name="one_product_per_sku")]
        indexes = [models.Index(fields=["category"])]


class Category(models.Model):
    """A shelf of our own shop. Its path of names is the category that portraits and audiences know."""

    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    name = models.CharField(max_length=60)
    position = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["parent", "name"], name="one_category_per_name"),
            models.UniqueConstraint(fields=["name"], condition=Q(parent=None), name="one_category_per_name_at_the_top"),
        ]

    def __str__(self) -> str:
        return self.name


class Listing(models.Model):
    """What our own shop shows on one page: goods or a service, in one or more variants."""

    KINDS = [("goods", "goods"), ("digital", "digital"), ("course", "course"), ("service", "service")]
    ALONE = ("membership",)
    """Kinds that have pages of their own, and do not stand on the shelves."""

    kind = models.CharField(max_length=10, choices=[*KINDS, ("membership", "membership")], default="goods")
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT, related_name="listings")
    brand = models.CharField(max_length=100, blank=True)
    content = models.TextField(blank=True)
    """What a buyer of something digital or of a course gets to see: text and links."""
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    """None: a draft, or withdrawn."""

    class Meta:
        indexes = [models.Index(fields=["-published_at", "-id"]), models.Index(fields=["category", "-published_at"])]

    def __str__(self) -> str:
        return self.title


class Variant(models.Model):
    """One thing of a listing that can be bought: a product with a price. Money is minor units of the base currency."""

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="variants")
    product = models.OneToOneField(Product, on_delete=models.PROTECT, related_name="variant")
    label = models.CharField(max_length=100, blank=True)
    """What tells it from its sisters: "red, L"."""
    position = models.IntegerField(default=0)
    price = models.BigIntegerField()
    member_price = models.BigIntegerField(null=True, blank=True)
    """For who is signed in."""
    cost = models.BigIntegerField(null=True, blank=True)
    """None: the margin is not known."""
    tracked = models.BooleanField(default=True)
    """Whether stock limits it."""
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(price__gte=0), name="a_price_is_not_below_zero"),
            models.CheckConstraint(
                condition=Q(member_price=None) | Q(member_price__gte=0, member_price__lte=models.F("price")),
                name="members_pay_no_more",
            ),
            models.CheckConstraint(condition=Q(cost=None) | Q(cost__gte=0), name="a_cost_is_not_below_zero"),
        ]


class Picture(models.Model):
    """An image of a listing; the file stands under SIYU_HOME/media by its digest."""

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="pictures")
    file = models.CharField(max_length=100)
    alt = models.CharField(max_length=200, blank=True)
    position = models.IntegerField(default=0)


class Supplier(models.Model):
    name = models.CharField(max_length=200, unique=True)
    contact = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)
    retired_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class Selection(models.Model):
    """A product in the selection pool: who supplies it, what promoting it may cost, what a seller of it earns."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="selections")
    supplier = models.ForeignKey(Supplier, null=True, on_delete=models.PROTECT, related_name="selections")
    price = models.BigIntegerField()
    """The promotional price of a piece, as long as the budget lasts."""
    commission = models.PositiveIntegerField(default=0)
    """Basis points of what is paid, for who sells it."""
    samples = models.PositiveIntegerField(default=0)
    """Pieces that the supplier gives to creators."""
    budget = models.BigIntegerField()
    """What may be given away in all, below the list price."""
    spent = models.BigIntegerField(default=0)
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(spent__gte=0, spent__lte=models.F("budget")), name="a_promotion_keeps_to_its_budget"
            ),
            models.CheckConstraint(
                condition=Q(begins_at__lt=models.F("ends_at")), name="a_promotion_ends_after_it_began"
            ),
            models.CheckConstraint(condition=Q(commission__lte=10_000), name="no_more_commission_than_price"),
            models.CheckConstraint(condition=Q(price__gte=0), name="a_promotion_price_is_not_below_zero"),
        ]
        indexes = [models.Index(fields=["product", "ends_at"])]
